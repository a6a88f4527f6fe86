"""PS3.15 table E.3.4-1 of edition 2026d: content items of structured reports that may identify, by concept name.

A row is coding scheme (blanks as underscores), code, value type, action, options as letters (see `edition_2026d`), and meaning.
"""
from __future__ import annotations

from typing import Final

ROWS: Final = """\
DCM 109054 TEXT X T Patient State
DCM 109056 TEXT X T Stress Protocol
DCM 110119 TEXT X D Station AE Title
DCM 110180 UIDREF D U Study Instance UID
DCM 110190 TEXT X - Issuer of Identifier
DCM 111018 DATE X/D FM Content Date
DCM 111019 TIME X/D FM Content Time
DCM 111021 TEXT X T Description of Change
DCM 111033 TEXT D T Impression Description
DCM 111040 COMPOSITE D U Original Source
DCM 111054 DATE X/D FM Recommended Follow-up Date
DCM 111058 TEXT D T Selected Region Description
DCM 111060 DATE X/D FM Study Date
DCM 111061 TIME X/D FM Study Time
DCM 111469 DATETIME D FM Sampling DateTime
DCM 111516 TEXT X T Medication Type
DCM 111526 DATETIME X/D FM DateTime Started
DCM 111527 DATETIME X FM DateTime Ended
DCM 111535 DATETIME X FM DateTime problem observed
DCM 111536 DATETIME X FM DateTime of last evaluation
DCM 111700 TEXT X - Specimen Container Identifier
DCM 111702 DATETIME X FM DateTime of processing
DCM 111703 TEXT X T Processing step description
DCM 111705 TEXT D - Parent Specimen Identifier
DCM 111706 TEXT X - Issuer of Parent Specimen Identifier
DCM 111724 TEXT X - Issuer of Specimen Identifier
DCM 112002 UIDREF D U Series Instance UID
DCM 112040 UIDREF D U Tracking Unique Identifier
DCM 112050 TEXT X T Anatomic Identifier
DCM 112227 UIDREF X/D U Frame of Reference UID
DCM 112229 IMAGE D U Identifying Segment
DCM 112347 TEXT D - Component ID
DCM 112351 TEXT D - Mating Feature Set ID
DCM 112352 TEXT D - Mating Feature ID
DCM 112353 COMPOSITE X U Spatial Registration
DCM 112354 IMAGE X U Patient Image
DCM 112356 UIDREF D U User Selected Fiducial
DCM 112357 UIDREF D U Derived Fiducial
DCM 112359 COMPOSITE X U Supporting Information
DCM 112361 COMPOSITE X U Patient Data Used During Planning
DCM 112363 TEXT D - Degree of Freedom ID
DCM 112364 COMPOSITE X U Related Patient Data Not Used During Planning
DCM 112366 COMPOSITE X U Implant Assembly Template
DCM 112371 COMPOSITE D U Manufacturer Implant Template
DCM 112372 COMPOSITE X U Derived Planning Images
DCM 112373 COMPOSITE X U Derived Planning Data
DCM 113012 TEXT X T Key Object Description
DCM 113503 UIDREF D U Radiopharmaceutical Administration Event UID
DCM 113511 TEXT X - Radiopharmaceutical Dispense Unit Identifier
DCM 113512 TEXT X - Radiopharmaceutical Lot Identifier
DCM 113513 TEXT X - Reagent Vial Identifier
DCM 113514 TEXT X - Radionuclide Identifier
DCM 113516 TEXT X - Prescription Identifier
DCM 113552 TEXT X T Recent Physical Activity
DCM 113605 TEXT X - Irradiation Event Label
DCM 113701 COMPOSITE X U X-Ray Radiation Dose Report
DCM 113720 TEXT X T Calibration Protocol
DCM 113723 DATETIME D FM Calibration DateTime
DCM 113724 TEXT D T Calibration Responsible Party
DCM 113769 UIDREF D U Irradiation Event UID
DCM 113795 IMAGE D U Acquired Image
DCM 113809 DATETIME D FM Start of X-Ray Irradiation
DCM 113810 DATETIME D FM End of X-Ray Irradiation
DCM 113815 TEXT D T Patient Model
DCM 113832 TEXT D D Identification of the X-Ray Source
DCM 113850 PNAME D - Irradiation Authorizing
DCM 113870 PNAME D - Person Name
DCM 113871 TEXT X - Person ID
DCM 113872 TEXT X - Person ID Issuer
DCM 113873 TEXT X I Organization Name
DCM 113877 TEXT X D Device Name
DCM 113880 TEXT X/D D Device Serial Number
DCM 113907 TEXT X T Reason for Proceeding
DCM 113985 UIDREF D U Series or Instance used for Water Equivalent Diameter estimation
DCM 120999 TEXT X D Device Description
DCM 121000 CONTAINER X D Unique Device Identifiers
DCM 121002 COMPOSITE D U Quoted Source
DCM 121008 PNAME D - Person Observer Name
DCM 121009 TEXT X I Person Observer's Organization Name
DCM 121012 UIDREF X/D UD Device Observer UID
DCM 121013 TEXT X D Device Observer Name
DCM 121016 TEXT X D Device Observer Serial Number
DCM 121017 TEXT X I Device Observer Physical Location During Observation
DCM 121018 UIDREF X U Procedure Study Instance UID
DCM 121019 UIDREF X U Procedure Study Component UID
DCM 121020 TEXT X - Placer Number
DCM 121021 TEXT X - Filler Number
DCM 121022 TEXT X - Accession Number
DCM 121028 UIDREF X U Subject UID
DCM 121029 PNAME D - Subject Name
DCM 121030 TEXT X/D - Subject ID
DCM 121031 DATE X - Subject Birth Date
DCM 121032 CODE X C Subject Sex
DCM 121033 NUM X C Subject Age
DCM 121036 PNAME X - Mother of fetus
DCM 121039 UIDREF X U Specimen UID
DCM 121041 TEXT X - Specimen Identifier
DCM 121065 TEXT X/D T Procedure Description
DCM 121071 TEXT X/D T Finding
DCM 121075 TEXT X T Recommendation
DCM 121077 TEXT X T Conclusion
DCM 121080 IMAGE X U Best illustration of finding
DCM 121080 WAVEFORM X U Best illustration of finding
DCM 121088 PNAME X - Fellow
DCM 121106 TEXT X T Comment
DCM 121110 TEXT X T Patient Presentation
DCM 121111 TEXT X T Summary
DCM 121112 IMAGE D U Source of Measurement
DCM 121112 WAVEFORM X U Source of Measurement
DCM 121114 PNAME D - Performing Physician
DCM 121120 COMPOSITE X U Cath Lab Procedure Log
DCM 121121 TEXT X - Room Identification
DCM 121122 TEXT X DT Equipment Identification
DCM 121124 TEXT X/D - Procedure Action ID
DCM 121125 DATETIME X FM DateTime of Recording of Log Entry
DCM 121126 UIDREF D U Performed Procedure Step SOP Instance UID
DCM 121138 IMAGE D U Image Acquired
DCM 121143 WAVEFORM D U Waveform Acquired
DCM 121145 TEXT X T Description of Material
DCM 121152 PNAME X - Person administering drug/contrast
DCM 121154 TEXT D - Intervention attempt identifier
DCM 121173 TEXT X T Physician Note
DCM 121191 IMAGE X/D U Referenced Segment
DCM 121193 TEXT D D Device Subject Name
DCM 121196 TEXT X D Device Subject Serial Number
DCM 121197 TEXT X I Device Subject Physical Location during observation
DCM 121198 UIDREF X UD Device Subject UID
DCM 121200 IMAGE X U Illustration of ROI
DCM 121214 IMAGE D U Referenced Segmentation Frame
DCM 121232 UIDREF D U Source series for segmentation
DCM 121233 IMAGE D U Source image for segmentation
DCM 121342 IMAGE X U Dose Image
DCM 121431 DATETIME X FM DateTime Concern Noted
DCM 121432 DATETIME X FM DateTime Concern Resolved
DCM 121433 DATETIME X FM DateTime Problem Resolved
DCM 121434 TEXT X I Service Delivery Location
DCM 121435 PNAME X - Service Performer
DCM 121435 TEXT X - Service Performer
DCM 122073 COMPOSITE X U Current procedure evidence
DCM 122075 COMPOSITE X U Prior report for current patient
DCM 122081 DATETIME X FM Drug start
DCM 122082 DATETIME X FM Drug end
DCM 122083 TEXT X/D T Drug administered
DCM 122105 DATETIME X FM DateTime of Intervention
DCM 122128 TEXT X I Patient Transferred From
DCM 122146 DATETIME X/D FM Procedure DateTime
DCM 122163 DATETIME X FM Discharge DateTime
DCM 122165 DATETIME X FM DateTime of Death
DCM 122173 DATETIME X FM ST Elevation Onset DateTime
DCM 122177 TEXT X T Procedure Result
DCM 122701 DATETIME X FM Procedure Time Base
DCM 122712 DATETIME D FM Imaging Start DateTime
DCM 123003 DATETIME X/D FM Radiopharmaceutical Start DateTime
DCM 123004 DATETIME X FM Radiopharmaceutical Stop DateTime
DCM 125010 TEXT X - Identifier
DCM 125201 IMAGE X U Illustration of Finding
DCM 125203 TEXT X T Acquisition Protocol
DCM 126070 TEXT X T Subject Time Point Identifier
DCM 126071 TEXT X T Protocol Time Point Identifier
DCM 126100 COMPOSITE X U Real World Value Map used for measurement
DCM 126201 DATE X FM Acquisition Date
DCM 126202 TIME X FM Acquisition Time
DCM 127857 DATE D FM Glucose Measurement Date
DCM 127858 TIME D FM Glucose Measurement Time
DCM 128230 TEXT X T Pulse Sequence Name
DCM 128403 TEXT D T Radiation Dose Estimate Name
DCM 128414 COMPOSITE D U Radiation Dose Representation Data
DCM 128414 IMAGE D U Radiation Dose Representation Data
DCM 128416 COMPOSITE D U SR Instance Used
DCM 128425 COMPOSITE X U Patient Radiation Dose Model Data
DCM 128425 IMAGE X U Patient Radiation Dose Model Data
DCM 128425 UIDREF X U Patient Radiation Dose Model Data
DCM 128426 TEXT X T Patient Radiation Dose Model Reference
DCM 128429 UIDREF D U Event UID Used
DCM 128436 COMPOSITE D U Radiation Dose Composite Parameters
DCM 128444 COMPOSITE D U Spatial Registration Reference
DCM 128447 COMPOSITE X U Spatial Fiducials
DCM 128470 COMPOSITE X U X-Ray Attenuator Model Data
DCM 128470 IMAGE X U X-Ray Attenuator Model Data
DCM 128470 UIDREF X U X-Ray Attenuator Model Data
DCM 128774 TEXT X - Person Observer's Login Name
DCM 128775 TEXT X - Identifier within Person Observer's Role
DCM 130507 TEXT X T RDSR Frame of Reference Description
DCM 130527 TEXT D I Identification of the Attenuator
DCM 130884 DATETIME X FM Acquisition DateTime
DCM 130885 UIDREF X U Synchronization Frame of Reference UID
DCM 131561 DATE X FM Series Date
DCM 131562 TIME X FM Series Time
DCM 131563 TEXT X T Series Description
LN 11329-0 TEXT X T History
LN 11778-8 DATE X FM EDD
LN 11951-1 TEXT D - Fetus ID
LN 11955-2 DATE X FM Date of last menstrual period
LN 18118-0 TEXT X T LV Wall Motion Segmental Findings
LN 18785-6 TEXT D T Indications for Procedure
LN 74711-3 TEXT X D Unique Device Identifier
NCDR_[2.0b] 15 DATETIME X FM Admission DateTime
NCDR_[2.0b] 52 DATETIME D FM Procedure DateTime
NCDR_[2.0b] 53 TEXT X - Procedure Number in this admission
NCDR_[2.0b] 76 PNAME D - Catheterization Operator
NCIt C54627 NUM X - Experience
NCIt C67447 TEXT X T Activity Session
SCT 116224001 TEXT X T Complication of Procedure
SCT 160476009 TEXT X T Social History
SCT 271921002 TEXT X/D T ECG Finding
SCT 363698007 TEXT D T Finding Site
SCT 371524004 COMPOSITE X U Clinical Report
SCT 371524004 TEXT X T Clinical Report
SCT 397898000 DATETIME D FM Stop DateTime
SCT 398164008 DATETIME X FM Anesthesia Finish Time
SCT 398201009 DATETIME D FM Start DateTime
SCT 398325003 DATETIME X FM Anesthesia Start Time
SCT 440252007 TEXT D T Administration of radiopharmaceutical
UMLS C2348792 TEXT X/D T Time Point
"""
