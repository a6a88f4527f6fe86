"""The DICOM network node: C-ECHO and C-STORE as provider (PS3.4, PS3.7, PS3.8).

upper/            associations, sans I/O          messages, reassembly   DIMSE on top of it
server            one port: threads and limits    conversation           one association on a socket
services, status  what each message does          doors                  what is asked of the rest
receiver          all configured AE titles        whitelist, seats       who may call, and how many
"""
