"""What DICOM is: tags, UIDs, headers, matching, the JSON model, frames, multipart. Pure."""
