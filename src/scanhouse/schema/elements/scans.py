"""Image scans: what all have in common, and one type per modality (defined terms of Modality, PS3.3 C.7.3.1.1.1)."""

# Scans that add only free parameters to the image scan: local name's stem, root element, name for people.
_PLAIN = """
cr CRScan CR
dx DXScan DX
mg MGScan MG
io IOScan IO
us USScan US
ecg ECGScan ECG
hd HDScan HD
eps EPSScan EPS
rf RFScan RF
xa3D XA3DScan 3D XA
dx3DCraniofacial DX3DCraniofacialScan 3D Craniofacial DX
nm NMScan NM
sr SRScan SR
rg RGScan RG
es ESScan ES
esv ESVScan ESV
gm GMScan GM
gmv GMVScan GMV
sm SMScan SM
xc XCScan XC
xcv XCVScan XCV
op OPScan OP
rtImage RTImageScan RT Image
sc SCScan SC
seg SegScan SEG
ann ANNScan ANN
mrs MRSScan MRS
mtl MTLScan MTL
voiceAudio VoiceAudioScan Voice Audio
meg MEGScan MEG
emg EMGScan EMG
eog EOGScan EOG
resp RESPScan RESP
pos POSScan POS
obj OBJScan OBJ
dms DMSScan DMS
cfm CFMScan CFM
pa PAScan PA
otherDicom OtherDicomScan Other Imaging
"""

_MATRIX = "\n".join(f"  parameters/MT_{row}_{column} float" for row in "123" for column in "1234")


def _plain() -> str:
    rows = (line.split(" ", 2) for line in _PLAIN.strip().splitlines())
    return "\n".join(f'xnat:{stem}ScanData < xnat:imageScanData as {root} "{name} Scan"\n  parameters/addParam* xnat:addField'
                     for stem, root, name in rows)


TABLE = f"""
xnat:imageScanData "Scan" key=ID abstract
  sharing/share* match=project rows @label @project
  image_session_ID
  note <=2500
  quality
  condition
  series_description
  series_class
  documentation <=1000
  scanner @manufacturer @model @softwareVersion
  modality
  frames integer
  operator <=255
  file* xnat:abstractResource=xnat:resourceCatalog rows "Resources"
  validation xnat:validationData
  startTime time
  start_date date
  requestedProcedureDescription
  protocolName
  bodyPartExamined
  custom_fields json
  contrasts/contrastBolusV2* xnat:contrastBolusV2
  @ID!
  @type
  @UID "Series Instance UID"
  @project

xnat:addField key=name
  = text
  @name

xnat:contrastBolusV2 match=agent
  image_scan_id integer
  agent

xnat:contrastBolus
  agent
  route
  volume float 0..
  totalDose float 0..
  flowRate float 0..
  flowDuration float 0..
  activeIngredient
  concentration float 0..

xnat:mrScanData < xnat:imageScanData as MRScan "MR Scan"
  coil <=255
  fieldStrength <=255
  marker <=255
  stabilization <=255
  fileNameUUID
  parameters/voxelRes - @units @x:float @y:float @z:float
  parameters/orientation <=5
  parameters/subjectPosition
  parameters/fov - @x:integer @y:integer
  parameters/matrix - @x:integer @y:integer
  parameters/partitions integer
  parameters/tr float "TR"
  parameters/te float "TE"
  parameters/deltaTE float "Delta TE"
  parameters/ti float "TI"
  parameters/flip float
  parameters/sequence <=255
  parameters/origin <=255
  parameters/imageType
  parameters/scanSequence
  parameters/seqVariant
  parameters/scanOptions
  parameters/acqType
  parameters/readoutSampleSpacing
  parameters/coil <=255
  parameters/coilElements
  parameters/dtiAcqCount integer
  parameters/pixelBandwidth double
  parameters/echoSpacing double
  parameters/phaseEncodingDirection
  parameters/acqTime
  parameters/diffusion/bValues
  parameters/diffusion/bMax
  parameters/diffusion/directionality
  parameters/diffusion/orientations
  parameters/diffusion/anisotropyType
  parameters/diffusion/refocusFlipAngle
  parameters/addParam* xnat:addField
  parameters/inPlanePhaseEncoding/direction
  parameters/inPlanePhaseEncoding/rotation
  parameters/inPlanePhaseEncoding/polaritySwap
  parameters/inPlanePhaseEncoding/directionPositive
  parameters/pmc
  dcmValidation @status:boolean

xnat:petScanData < xnat:imageScanData as PETScan "PET Scan"
  parameters/orientation integer
  parameters/addParam* xnat:addField
  parameters/originalFileName
  parameters/systemType integer
  parameters/fileType integer
  parameters/transaxialFOV float
  parameters/acqType integer
  parameters/facility
  parameters/numPlanes integer
  parameters/frames - @numFrames:int
  parameters/frames/frame* - key=number @number:int! @starttime:float! @length:float! @units!{{sec|min}}
  parameters/numGates integer
  parameters/planeSeparation float
  parameters/binSize float
  parameters/dataType integer
  parameters/dimensions - @x:integer @y:integer @z:integer @num:integer
  parameters/offset - @x:float @y:float @z:float
  parameters/reconZoom float
  parameters/pixelSize - @x:float @y:float @z:float
  parameters/filterCode integer
  parameters/resolution - @x:float @y:float @z:float
  parameters/numRElements float
  parameters/numAngles float
  parameters/ZRotationAngle float
  parameters/processingCode integer
  parameters/gateDuration integer
  parameters/rWaveOffset integer
  parameters/numAcceptedBeats integer
  parameters/filter - @cutoff:float
  parameters/annotation
{_MATRIX}
  parameters/RFilter - @cutoff:float @resolution:float @code:integer @order:integer
  parameters/ZFilter - @cutoff:float @resolution:float @code:integer @order:integer
  parameters/scatterType integer
  parameters/reconType integer
  parameters/reconViews integer
  parameters/bedPosition float
  parameters/ecatCalibrationFactor float
  ecatValidation @status:boolean

xnat:ctScanData < xnat:imageScanData as CTScan "CT Scan"
  parameters/voxelRes - @units @x:float @y:float @z:float
  parameters/orientation
  parameters/subjectPosition
  parameters/fov - @x:integer @y:integer
  parameters/rescale/intercept
  parameters/rescale/slope
  parameters/kvp float "kVp"
  parameters/acquisitionNumber integer
  parameters/imageType
  parameters/options <=2500
  parameters/collectionDiameter float 0..
  parameters/distanceSourceToDetector float 0..
  parameters/distanceSourceToPatient float 0..
  parameters/gantryTilt float
  parameters/tableHeight float
  parameters/rotationDirection {{CW|CC}}
  parameters/exposureTime float 0..
  parameters/xrayTubeCurrent float
  parameters/exposure float
  parameters/filter
  parameters/generatorPower float 0..
  parameters/focalSpots/focalSpot* float 0..
  parameters/convolutionKernel
  parameters/collimationWidth/single float 0..
  parameters/collimationWidth/total float 0..
  parameters/tableSpeed float
  parameters/tableFeedPerRotation float
  parameters/pitchFactor float
  parameters/estimatedDoseSaving float @modulation
  parameters/ctDIvol float "CTDIvol"
  parameters/derivation
  parameters/contrastBolus xnat:contrastBolus
  parameters/addParam* xnat:addField
  dcmValidation @status:boolean

xnat:xaScanData < xnat:imageScanData as XAScan "XA Scan"
  parameters/pixelRes - @units @x:integer @y:integer
  parameters/orientation
  parameters/fov - @x:integer @y:integer
  parameters/imageType
  parameters/options
  parameters/derivation
  parameters/contrastBolus xnat:contrastBolus
  parameters/addParam* xnat:addField

xnat:optScanData < xnat:imageScanData as OPTScan "OPT Scan"
  parameters/voxelRes - @units @x:float @y:float @z:float
  parameters/fov - @x:integer @y:integer
  parameters/laterality
  parameters/illumination_wavelength
  parameters/illumination_power
  parameters/imageType
  parameters/addParam* xnat:addField
  dcmValidation @status:boolean

xnat:eegScanData < xnat:imageScanData as EEGScan "EEG Scan"
  parameters/numberOfDataRecords integer
  parameters/dataRecord - @units @duration:float
  parameters/addParam* xnat:addField
  channels/channel* - key=name
  channels/channel/resolution float
  channels/channel/lowCutOff
  channels/channel/highCutOff
  channels/channel/notch
  channels/channel/@name
  softwareFiltersImpedances - @mean:double
  softwareFiltersImpedances/impedance* - key=name @name @value
{_plain()}
"""
