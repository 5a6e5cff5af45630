// Puts the functions of a WebAssembly module in an order that compresses well: like next to like, for gzip looks back
// 32 KiB and no further. What the module does stays the same.

/**
 * @param {Uint8Array} wasm a module
 * @returns {Uint8Array} the module with its functions in another order
 */
export function orderFunctions(wasm) {
  const sections = split(wasm);
  const imported = countImports(sections.get(2));
  const types = list(sections.get(3), readNumber);
  const bodies = list(sections.get(10), (reader) => reader.take(reader.number()));
  const calls = bodies.map(functionIndices);
  const order = chain(bodies);
  const place = new Map(order.map((from, to) => [imported + from, imported + to]));
  const moved = (index) => place.get(index) ?? index;

  sections.set(3, write(order.map((from) => leb(types[from]))));
  sections.set(10, write(order.map((from) => sized(patch(bodies[from], calls[from], moved)))));
  sections.set(7, patch(sections.get(7), exportIndices(sections.get(7)), moved));
  sections.set(9, patch(sections.get(9), elementIndices(sections.get(9)), moved));
  if (sections.has(8)) throw new Error("a start function is not expected");
  return join([wasm.subarray(0, 8), ...[...sections].map(([id, content]) => join([[id], sized(content)]))]);
}

/** Each function after those it shares most with, as far back as gzip sees. */
function chain(bodies) {
  const numbers = new Map();
  const features = bodies.map((body) => grams(body, numbers));
  const seen = new Int32Array(numbers.size).fill(-WINDOW);
  const rest = new Set(bodies.keys());
  const order = [];
  let at = 0;
  let next = bodies.reduce((best, body, index) => (body.length > bodies[best].length ? index : best), 0);
  while (next !== undefined) {
    rest.delete(next);
    order.push(next);
    at += bodies[next].length;
    for (const gram of features[next]) seen[gram] = at;
    let best = -1;
    next = undefined;
    for (const candidate of rest) {
      let shared = 0;
      for (const gram of features[candidate]) if (at - seen[gram] < WINDOW) shared += 1;
      const score = shared / (features[candidate].length + DAMPING);
      if (score > best) [best, next] = [score, candidate];
    }
  }
  return order;
}

/** The runs of bytes that gzip could find again, by their numbers. */
function grams(body, numbers) {
  const found = new Set();
  for (let i = 0; i + GRAM <= body.length; i += 1) {
    const gram = String.fromCharCode(...body.subarray(i, i + GRAM));
    if (!numbers.has(gram)) numbers.set(gram, numbers.size);
    found.add(numbers.get(gram));
  }
  return Int32Array.from(found);
}

/** The places of function indices in a body: [from, to, index]. */
function functionIndices(body) {
  const reader = new Reader(body);
  const found = [];
  for (let count = reader.number(); count > 0; count -= 1) {
    reader.number();
    reader.byte();
  }
  while (reader.more()) instruction(reader, found);
  return found;
}

function instruction(reader, found) {
  const code = reader.byte();
  const numbers = (count) => {
    for (let i = 0; i < count; i += 1) reader.number();
  };
  if (code === 0x10 || code === 0xd2) found.push(reader.place());
  else if (code >= 0x02 && code <= 0x04) reader.number();
  else if (code === 0x0c || code === 0x0d || (code >= 0x20 && code <= 0x26)) numbers(1);
  else if (code === 0x0e) numbers(reader.number() + 1);
  else if (code === 0x11 || (code >= 0x28 && code <= 0x3e)) numbers(2);
  else if (code === 0x1c) numbers(reader.number());
  else if (code === 0x3f || code === 0x40 || code === 0x41 || code === 0x42 || code === 0xd0) numbers(1);
  else if (code === 0x43) reader.take(4);
  else if (code === 0x44) reader.take(8);
  else if (code === 0xfc) {
    const operands = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1][reader.number()];
    if (operands === undefined) throw new Error("an instruction is not known");
    numbers(operands);
  } else if (!isPlain(code)) throw new Error(`the instruction ${code.toString(16)} is not known`);
}

/** Whether an instruction has no operands. */
const isPlain = (code) =>
  [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(code) || (code >= 0x45 && code <= 0xc4);

function exportIndices(section) {
  const reader = new Reader(section);
  const found = [];
  for (let count = reader.number(); count > 0; count -= 1) {
    reader.take(reader.number());
    const kind = reader.byte();
    const place = reader.place();
    if (kind === 0) found.push(place);
  }
  return found;
}

function elementIndices(section) {
  const reader = new Reader(section);
  const found = [];
  for (let count = reader.number(); count > 0; count -= 1) {
    const kind = reader.number();
    if (kind !== 0 && kind !== 2) throw new Error("a kind of element segment is not known");
    if (kind === 2) reader.number();
    while (reader.byte() !== 0x0b) reader.number();
    if (kind === 2) reader.byte();
    for (let items = reader.number(); items > 0; items -= 1) found.push(reader.place());
  }
  return found;
}

function countImports(section) {
  let count = 0;
  list(section, (reader) => {
    reader.take(reader.number());
    reader.take(reader.number());
    const kind = reader.byte();
    if (kind !== 0) throw new Error("only functions are expected to be imported");
    count += 1;
    reader.number();
  });
  return count;
}

function split(wasm) {
  const reader = new Reader(wasm.subarray(8));
  const sections = new Map();
  while (reader.more()) {
    const id = reader.byte();
    const content = reader.take(reader.number());
    if (id === 0) throw new Error("the sections of tools are to be stripped first");
    sections.set(id, content);
  }
  return sections;
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  more() {
    return this.at < this.bytes.length;
  }
  byte() {
    return this.bytes[this.at++];
  }
  /** A number; right for unsigned ones, and skips signed ones. */
  number() {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte();
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }
  place() {
    const from = this.at;
    const index = this.number();
    return { from, to: this.at, index };
  }
  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

const readNumber = (reader) => reader.number();

function list(section, read) {
  const reader = new Reader(section);
  return Array.from({ length: reader.number() }, () => read(reader));
}

function patch(bytes, places, moved) {
  const parts = [];
  let at = 0;
  for (const { from, to, index } of places) {
    parts.push(bytes.subarray(at, from), leb(moved(index)));
    at = to;
  }
  return join([...parts, bytes.subarray(at)]);
}

function leb(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

const sized = (content) => join([leb(content.length), content]);
const write = (items) => join([leb(items.length), ...items]);

function join(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How long the runs are, tried out; shorter ones are everywhere. */
const GRAM = 7;
const WINDOW = 30_000;
/** Keeps the smallest functions, which share everything with everybody, from coming first. */
const DAMPING = 20;
