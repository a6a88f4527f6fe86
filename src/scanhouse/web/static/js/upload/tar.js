// Many small files as one tar, so that a thousand slices are not a thousand requests. Blobs are joined by reference: no file is
// read into memory here. Each member is named by its number in the batch; the server answers by number and the page knows the path.

const BLOCK = 512;

function header(name, size) {
  const block = new Uint8Array(BLOCK);
  const put = (text, at) => block.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put('0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(size.toString(8).padStart(11, '0') + '\0', 124);
  put('00000000000\0', 136);
  put('        ', 148); // the checksum counts itself as blanks
  put('0', 156);
  put('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(sum.toString(8).padStart(6, '0') + '\0 ', 148);
  return block;
}

// The tar of `files` and, for each, where its content ends in it: that tells from the bytes sent which files have gone.
export function pack(files) {
  const parts = [];
  const ends = [];
  let at = 0;
  files.forEach((file, number) => {
    const padding = (BLOCK - (file.size % BLOCK)) % BLOCK;
    parts.push(header(String(number), file.size), file, new Uint8Array(padding));
    at += BLOCK + file.size;
    ends.push(at);
    at += padding;
  });
  parts.push(new Uint8Array(2 * BLOCK));
  return { blob: new Blob(parts, { type: 'application/x-tar' }), ends };
}
