"""Image sessions: what all have in common, and one type per modality (defined terms of Modality, PS3.3 C.7.3.1.1.1)."""

# Sessions that add nothing to the image session: local name's stem, root element, name for people.
_PLAIN = """
ct CTSession CT
us USSession US
xa XASession XA
xa3D XA3DSession 3D XA
cr CRSession CR
dx DXSession DX
dx3DCraniofacial DX3DCraniofacialSession 3D Craniofacial DX
mg MGSession MG
rf RFSession RF
rg RGSession RG
io IOSession IO
nm NMSession NM
sr SRSession SR
sm SMSession SM
gm GMSession GM
gmv GMVSession GMV
es ESSession ES
esv ESVSession ESV
eps EPSSession EPS
hd HDSession HD
ecg ECGSession ECG
op OPSession OP
opt OPTSession OPT
xc XCSession XC
xcv XCVSession XCV
meg MEGSession MEG
emg EMGSession EMG
eog EOGSession EOG
resp RESPSession RESP
pos POSSession POS
obj OBJSession OBJ
dms DMSSession DMS
cfm CFMSession CFM
pa PASession PA
rt RTSession RT
otherDicom OtherDicomSession Other Imaging
"""

_MR = """
  coil <=255
  fieldStrength <=255
  marker <=255
  stabilization <=255
"""

_PET = """
  studyType
  patientID "Patient ID"
  patientName
  tracer - @name @startTime:dateTime
  tracer/dose float @units
  tracer/specificActivity float
  tracer/totalMass float @units
  tracer/intermediate float @units
  tracer/isotope @half-life:float
  tracer/transmissions integer
  tracer/transmissions_starttime dateTime
  start_time dateTime
  start_time_scan dateTime
  start_time_injection dateTime
  blood_glucose float
  blood_glucose_units
  blood_glucose_time dateTime
"""


def _plain() -> str:
    rows = (line.split(" ", 2) for line in _PLAIN.strip().splitlines())
    return "\n".join(f'xnat:{stem}SessionData < xnat:imageSessionData as {root} "{name} Session" code={root.removesuffix("Session")}'
                     for stem, root, name in rows)


TABLE = f"""
xnat:imageSessionData < xnat:subjectAssessorData "Imaging Session" abstract
  regions/region* xnat:regionResource
  scanner @manufacturer @model
  operator <=255
  prearchivePath <=255 hidden
  scans/scan* xnat:imageScanData rows
  reconstructions/reconstructedImage* xnat:reconstructedImageData rows
  assessors/assessor* xnat:imageAssessorData rows
  dcmAccessionNumber "Accession number"
  dcmPatientId "Patient ID"
  dcmPatientName "Patient name"
  dcmPatientBirthDate date "Patient birth date"
  dcmPatientWeight float "Patient weight"
  @session_type
  @modality
  @UID "Study Instance UID"
  @study_id "Study ID"

xnat:mrSessionData < xnat:imageSessionData as MRSession "MR Session" code=MR
{_MR}
xnat:petSessionData < xnat:imageSessionData as PETSession "PET Session" code=PET
  stabilization <=255
{_PET}
xnat:petmrSessionData < xnat:imageSessionData as PETMRSession "PET-MR Session" code=PETMR
{_MR}{_PET}
xnat:eegSessionData < xnat:imageSessionData as EEGSession "EEG Session" code=EEG
  dataFormatVersion
  numberOfChannels integer
  samplingRate float @units
  samplingInterval float @units
{_plain()}
"""
