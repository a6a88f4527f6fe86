"""Files edited without their pixels: the header goes through the engine, the pixel data is copied from file to file in constant memory."""
