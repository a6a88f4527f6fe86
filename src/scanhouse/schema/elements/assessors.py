"""What is derived from images: reconstructions, assessments of a session, quality control, statistics and regions."""

TABLE = """
xnat:derivedData < xnat:experimentData "Derived data" "Derived data" abstract
  provenance prov:process

xnat:imageAssessorData < xnat:derivedData "Image assessment" abstract
  in/file* xnat:abstractResource=xnat:resourceCatalog rows "Input resources"
  out/file* xnat:abstractResource=xnat:resourceCatalog rows "Output resources"
  imageSession_ID!
  parameters/addParam* xnat:addField

xnat:mrAssessorData < xnat:imageAssessorData "MR assessment"
xnat:petAssessorData < xnat:imageAssessorData "PET assessment"
xnat:ctAssessorData < xnat:imageAssessorData "CT assessment"

xnat:qcAssessmentData < xnat:mrAssessorData as QCAssessment "Auto QC" code=AQC
  scans/scan* - match=id
  scans/scan/sliceQC/slice* - match=number
  scans/scan/sliceQC/slice/sliceStatistics xnat:abstractStatistics=xnat:statisticsData
  scans/scan/sliceQC/slice/@number
  scans/scan/scanStatistics xnat:abstractStatistics=xnat:statisticsData
  scans/scan/@id!
  @type

xnat:abstractStatistics abstract
xnat:statisticsData < xnat:abstractStatistics
  mean double
  snr double "SNR"
  min double
  max double
  stddev double
  no_of_voxels integer
  additionalStatistics* double match=name @name
  addField* key=name @name

xnat:qcManualAssessorData < xnat:imageAssessorData as QCManualAssessment "Manual QC" code=MQC
  rater
  stereotacticMarker
  incidentalFindings <=1000
  scans/scan* xnat:qcScanData
  comments <=1000
  pass!
  payable
  rescan
  resolvable
  retrain
  protocol
  protocolComments <=1000

xnat:qcScanData key=imageScan_ID
  imageScan_ID! "Scan"
  rater
  coverage
  motion
  otherImageArtifacts <=1000
  comments <=10000
  pass!
  rating @scale
  fields/field* text key=name @name

xnat:mrQcScanData < xnat:qcScanData
  blurring
  flow
  imageContrast
  inhomogeneity
  wrap
  susceptibility
  interpacMotion

xnat:ctQcScanData < xnat:qcScanData
  ct

xnat:petQcScanData < xnat:qcScanData
  acquisition
  correctReconstructionAlgorithm
  reconstructionAlgorithmUsed
  correctIterationsAndSubsets
  correctFilters
  correctSliceThickness
  acceptableVoxelSize
  unacceptableFrames
  reasonFramesUnacceptable
  processingErrors/processingError* match=processingError
  qcOutcome
  qcOutcomeReason
  topCutoff
  bottomCutoff

xnat:otherQcScanData < xnat:qcScanData
  other

xnat:reconstructedImageData as ReconstructedImage "Reconstruction" key=ID
  image_session_ID!
  inScans/scanID* match=scanID
  in/file* xnat:abstractResource=xnat:resourceCatalog rows "Input resources"
  out/file* xnat:abstractResource=xnat:resourceCatalog rows "Output resources"
  provenance prov:process
  parameters/addParam* xnat:addField
  computations/datum* xnat:computationData
  @ID
  @type
  @baseScanType

xnat:computationData match=name,source
  @name!
  @value!
  @source!
  @units

xnat:volumetricRegion key=name
  subregions/subregion* - key=name @name @voxels:float
  @name
  @units
  @voxels integer
  @hemisphere {both|left|right}

xnat:regionResource as ImageRegionResource match=name,hemisphere
  file! xnat:abstractResource=xnat:resource
  baseimage! xnat:abstractResource=xnat:resource
  creator/firstname!
  creator/lastname!
  subregionlabels/label* match=id @id:int! @hemisphere!{left|right|both}
  @name!
  @hemisphere! {left|right|both}
  @session_id

xnat:dicomCodedValue as DicomCodedValue
  value
  designator
  version
  meaning!

xnat:algorithm as Algorithm
  family! xnat:dicomCodedValue
  name!
  version!
  source
  parameters <=10000
  nameCode xnat:dicomCodedValue
"""
