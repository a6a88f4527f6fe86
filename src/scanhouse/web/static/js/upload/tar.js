// Many small files as one tar, so that a thousand slices are not a thousand requests. Blobs are joined by reference: no file is
// read into memory here. A member's path, of any length and in any letters, stands in a pax header before it.

const BLOCK = 512;

const TEXT = new TextEncoder();

// The record "length key=value\n", whose length counts itself.
function record(key, value) {
  const rest = TEXT.encode(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return new Blob([String(length), rest]);
}

function padding(size) {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

function header(name, size, kind) {
  const block = new Uint8Array(BLOCK);
  const put = (text, at) => block.set(TEXT.encode(text), at);
  put(name, 0);
  put('0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(size.toString(8).padStart(11, '0') + '\0', 124);
  put('00000000000\0', 136);
  put('        ', 148); // the checksum counts itself as blanks
  put(kind, 156);
  put('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(sum.toString(8).padStart(6, '0') + '\0 ', 148);
  return block;
}

// The tar of `files`, each { path, file }, and for each where its content ends in it: that tells from the bytes sent which files have gone.
export function pack(files) {
  const parts = [];
  const ends = [];
  let at = 0;
  files.forEach(({ path, file }, number) => {
    const said = record('path', path.replaceAll('\n', ' '));
    const before = [header(`${number}.pax`, said.size, 'x'), said, padding(said.size), header(String(number), file.size, '0')];
    const after = padding(file.size);
    parts.push(...before, file, after);
    at += before.reduce((sum, part) => sum + (part.size ?? part.length), 0) + file.size;
    ends.push(at);
    at += after.length;
  });
  parts.push(new Uint8Array(2 * BLOCK));
  return { blob: new Blob(parts, { type: 'application/x-tar' }), ends };
}
