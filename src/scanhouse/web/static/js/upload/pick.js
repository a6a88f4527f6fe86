// Files out of what was dropped or chosen, whole folders included: a list of { path, file }.

const JUNK = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*|__MACOSX\/.*)$/i;

export async function fromDrop(transfer) {
  // Entries must be taken before the first await: the list is emptied when the event handler returns.
  const entries = [...transfer.items].filter(item => item.kind === 'file').map(item => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push({ path: entry.name, file: entry });
    else if (entry) await walk(entry, found);
  }
  return found.filter(wanted);
}

export function fromInput(files) {
  return [...files].map(file => ({ path: file.webkitRelativePath || file.name, file })).filter(wanted);
}

function wanted({ path }) {
  return !JUNK.test(path);
}

// Goes through folders without recursion, so that deep ones are no danger.
async function walk(first, found) {
  const open = [first];
  while (open.length) {
    const entry = open.shift();
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    } else if (entry.isDirectory) open.push(...(await list(entry.createReader())));
  }
}

// A reader gives at most 100 entries at a time, and none when it is through.
async function list(reader) {
  const all = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return all;
    all.push(...some);
  }
}
