// Prints how many bytes of a program's code come from which source: inlined code counts where it was written, and the
// standard library's where it was called from.
//
//   node modules.mjs [--files] PROGRAM
//
// Needs llvm-nm and llvm-symbolizer (Debian: apt-get install llvm).
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const options = { encoding: 'utf8', maxBuffer: 2 ** 30 };
const byFile = process.argv[2] === '--files';
const program = process.argv[byFile ? 3 : 2];
if (program === undefined) {
    console.error('usage: node modules.mjs [--files] PROGRAM');
    process.exit(2);
}

// Every half-word of code: a Thumb instruction has one or two.
const addresses = [];
for (const line of execFileSync('llvm-nm', ['--print-size', program], options).split('\n')) {
    const [start, size, kind] = line.split(' ');
    if (kind?.toLowerCase() !== 't') continue;
    const from = Number.parseInt(start, 16) & ~1;
    for (let at = from; at < from + Number.parseInt(size, 16); at += 2) addresses.push(at);
}

const root = path.resolve(import.meta.dirname, '../..');
const bytes = new Map();
const answer = execFileSync('llvm-symbolizer', [`--obj=${program}`, '--inlines'], {
    ...options,
    input: addresses.map((address) => `0x${address.toString(16)}\n`).join(''),
});
const places = answer.trim().split('\n\n');
if (places.length !== addresses.length) throw new Error('llvm-symbolizer skipped addresses');
for (const place of places) {
    const source = sourceOf(place.split('\n').filter((_, at) => at % 2 === 1));
    bytes.set(source, (bytes.get(source) ?? 0) + 2);
}
for (const [source, count] of [...bytes].sort(([, one], [, other]) => other - one)) {
    console.log(`${String(count).padStart(7)} ${source}`);
}
console.log(`${String(addresses.length * 2).padStart(7)} all`);

// The innermost of these frames that is nobody's general-purpose code.
function sourceOf(frames) {
    for (const frame of frames) {
        const file = frame.replace(/:\d+:\d+$/, '');
        if (file.startsWith(`${root}/core/src/`)) return ours('core', path.relative(`${root}/core/src`, file));
        for (const backend of ['backend-smoltcp', 'backend-embassy']) {
            if (file.startsWith(`${root}/${backend}/src/`)) return ours(backend, path.relative(`${root}/${backend}/src`, file));
        }
        if (file.startsWith(`${root}/tests/size/`)) return 'the program';
        if (/\/smoltcp-\d/.test(file)) return 'smoltcp';
        if (/\/embassy-[a-z-]+-\d/.test(file)) return 'embassy-net';
        if (/compiler[-_]builtins/.test(file)) return 'memcpy, memmove, memset, division';
    }
    return 'the standard library';
}

function ours(package_, file) {
    if (byFile) return `${package_}/${file}`;
    if (package_ !== 'core') return package_;
    const [module] = file.split(/[/.]/);
    return ['stack', 'link'].includes(module) ? `core::${module}` : 'core: sockets';
}
