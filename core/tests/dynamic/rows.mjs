// The calls whose arguments the table shows.

const undefined_ = { $undefined: true };
const callback = { $callback: 'foo' };
const number = (text) => ({ $number: text });
const bytes = (text, as) => ({ $bytes: text, as });
const instance = (name, ...of) => ({ $instance: name, of });

const NUMBERS = [0, number('-0'), 1, -1, 9, 1.5, 65535, 65536, 77889, 2147483648, 4294967295, 4294967296, 4294967297,
  -8589934592, 8589934592, 1e21, 1e-7, 123456789012.5, number('NaN'), number('Infinity'), number('-Infinity')];
const NUMERIC = ['0', '-0', '9', '0x10', '0b11', '0o17', '1e3', ' 9 ', '5.', '.5e1', '+9', '-9', '+0x9', '1_0', '1n',
  '0x', '65536', 'Infinity', '\u00a09\ufeff', '\u00859'];
const FACE = '\u{1f600}'.repeat(15);
const TEXTS = ['', ' ', 'x', 'false', "it's", 'a"b', "'\"", 'a\nb', "a'\n\u0001", 'x'.repeat(28), 'x'.repeat(29), FACE,
  `'${FACE}`, `''${FACE}`, '\u00e9'];
const ADDRESSES = ['127.0.0.1', '::1', 'fe80::1%lo', '1.2.3.4%lo', '127.1', 'localhost', '224.0.0.251', 'ff02::fb'];
const NUL = '\u0000';
const VIEWS = [bytes('9'), bytes('x'), bytes('', 'Uint8Array'), bytes('ab', 'Uint8Array'), bytes('ab', 'DataView'),
  bytes('\u0005', 'Int8Array'), bytes('\u0005', 'Uint8ClampedArray'), bytes(`\u0005${NUL}`, 'Int16Array'),
  bytes(`\u0005${NUL}`, 'Uint16Array'), bytes(`\u0005${NUL.repeat(3)}`, 'Int32Array'),
  bytes(`\u0005${NUL.repeat(3)}`, 'Uint32Array'), bytes(`${NUL.repeat(2)} A`, 'Float32Array'),
  bytes(`${NUL.repeat(6)}$@`, 'Float64Array'), bytes(`\u0007${NUL.repeat(7)}`, 'BigInt64Array'),
  bytes(`\u0007${NUL.repeat(7)}`, 'BigUint64Array'), bytes('ab', 'ArrayBuffer'), bytes('ab', 'SharedArrayBuffer')];
const INSTANCES = [instance('Date', 5), instance('Map'), instance('String', 'x'), instance('String', '9'),
  instance('Number', 9), instance('Boolean', false), instance('RegExp', 'x'), instance('Foo')];
const OTHERS = [undefined_, null, true, false,
  { $bigint: '0' }, { $bigint: '1' }, { $bigint: '-123456789012345678901' },
  { $symbol: null }, { $symbol: 'x' }, callback, { $callback: '' }, {}, { x: 1 }, { $bare: {} }, { $bare: { x: 1 } },
  [], [1], ['9'], [[5]], [null, undefined_], [{ $symbol: 'x' }], ...INSTANCES, ...VIEWS, { $blocklist: 'b' },
  { $signal: 's' }];
const ALL = [...OTHERS, ...NUMBERS, ...NUMERIC, ...TEXTS, ...ADDRESSES];
const SOME = [undefined_, null, 0, 1, 9, 1.5, '', '9', 'abc', '127.0.0.1', callback, { $callback: 'bar' }, true, false,
  bytes('hello'), bytes('hello', 'DataView'), ['a', bytes('b')], [], [5], {}, { $symbol: 'x' }, number('NaN')];
const OPEN = ['unbound', 'binding', 'bound', 'connecting', 'connected'];
const CLOSED = ['closed', 'closed-bound', 'closed-connected'];

// A generator of fixed numbers, the same in every run.
function picker(seed) {
  let state = seed;
  return (list) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return list[(state >>> 8) % list.length];
  };
}

// The template with each of the values in each of its places; only with some of them in the later states.
function* eachPlace(call, states, template, values = ALL) {
  for (const [index, state] of states.entries()) {
    for (const place of template.keys()) {
      for (const value of index === 0 ? values : SOME) yield { call, state, args: template.with(place, value) };
    }
  }
}

function* random(call, states, count, longest) {
  const pick = picker(call.length + count);
  for (let row = 0; row < count; row++) {
    const length = pick(Array.from({ length: longest + 1 }, (_, index) => index));
    yield { call, state: pick(states), args: Array.from({ length }, () => pick(SOME)) };
  }
}

function* options(key, values) {
  for (const value of values) yield { call: 'createSocket', args: [{ type: 'udp4', [key]: value }] };
}

function* creations() {
  for (const value of ALL) {
    yield { call: 'createSocket', args: [value] };
  }
  for (const value of SOME) {
    yield { call: 'createSocket', args: [{ type: value }] };
    yield { call: 'createSocket', args: ['udp6', value] };
  }
  for (const key of ['recvBufferSize', 'signal']) yield* options(key, ALL);
  for (const key of ['sendBufferSize', 'lookup', 'receiveBlockList', 'sendBlockList']) yield* options(key, SOME);
  for (const key of ['reuseAddr', 'reusePort', 'ipv6Only']) yield* options(key, SOME);
  const methods = { addEventListener: callback, removeEventListener: callback };
  yield* options('signal', [{ aborted: true }, { aborted: 0 }, { aborted: false, addEventListener: 5 },
    { aborted: undefined_, ...methods }, { aborted: 1, ...methods }]);
  yield { call: 'createSocket', args: [] };
  // Every option is wrong: one after the other is put right, in the order of the checks.
  const wrong = { recvBufferSize: 1.5, sendBufferSize: 'x', receiveBlockList: {}, sendBlockList: 1, lookup: null,
    type: 'udp5', signal: null };
  const right = { recvBufferSize: 5, sendBufferSize: 6, receiveBlockList: { $blocklist: 'a' },
    sendBlockList: { $blocklist: 'b' }, lookup: callback, type: 'udp6', signal: { $signal: 's' } };
  const both = { ...wrong };
  for (const key of Object.keys(wrong)) {
    both[key] = right[key];
    yield { call: 'createSocket', args: [{ ...both }, callback] };
  }
}

function* binds() {
  yield { call: 'bind', state: 'unbound', args: [] };
  yield* eachPlace('bind', ['unbound'], [0, '127.0.0.1', callback]);
  yield* eachPlace('bind', ['unbound'], [{ address: '127.0.0.1' }, callback], SOME);
  yield* eachPlace('bind', ['unbound'], [callback], SOME);
  for (const value of ALL) {
    for (const key of ['port', 'address', 'exclusive']) {
      yield { call: 'bind', state: 'unbound', args: [{ [key]: value }, callback] };
    }
    // Only an i32 above 0 is a descriptor; such numbers, which nobody has open, stay.
    if (value === 1 || value === 9) continue;
    yield { call: 'bind', state: 'unbound', args: [{ fd: value, port: 'x' }] };
  }
  for (const fd of [7777, 65535, 2147483647]) {
    yield { call: 'bind', state: 'unbound', args: [{ fd, address: 5 }, callback] };
  }
  yield* eachPlace('bind', [...OPEN.slice(1), ...CLOSED], [0], SOME);
  yield* random('bind', ['unbound'], 150, 4);
}

function* sends() {
  const long = [bytes('hello'), 1, 3, 9, '127.0.0.1', callback];
  const short = [bytes('hello'), 9, '127.0.0.1', callback];
  yield* eachPlace('send', ['bound'], long);
  yield* eachPlace('send', ['bound'], short, SOME);
  yield* eachPlace('send', ['connected'], long.slice(0, 3), SOME);
  yield* eachPlace('send', ['connected'], [bytes('hello'), 1, 3, undefined_, undefined_, callback], SOME);
  yield* eachPlace('send', ['connected'], [bytes('hello'), callback]);
  yield* eachPlace('send', [...OPEN, ...CLOSED], [bytes('hello'), 9, '127.0.0.1'], SOME);
  for (const item of ALL) yield { call: 'send', state: 'bound', args: [['a', item], 9] };
  for (const message of ['', 'h\u00e9llo', bytes('hello', 'Int8Array'), bytes('', 'DataView')]) {
    for (const offset of [0, 1, 5, 6, 7, -1]) {
      for (const length of [0, 1, 5, 6, '3', 4294967295]) {
        yield { call: 'send', state: 'bound', args: [message, offset, length, 9] };
      }
    }
  }
  yield* random('send', ['unbound', 'binding', 'bound', 'connecting', 'closed'], 500, 6);
  yield* random('send', ['connected', 'closed-connected'], 400, 6);
  yield* eachPlace('sendto', ['bound', 'connected', 'closed'], long, SOME);
  yield* eachPlace('sendto', ['connected'], ['x', 0, 1, 0, ''], SOME);
}

function* connects() {
  yield* eachPlace('connect', ['bound'], [9, '127.0.0.1', callback]);
  yield* eachPlace('connect', ['bound'], [9, undefined_, callback], SOME);
  yield* eachPlace('connect', [...OPEN, ...CLOSED], [9, '127.0.0.1', callback], SOME);
  yield* random('connect', OPEN, 150, 4);
}

function* memberships() {
  for (const call of ['addMembership', 'dropMembership']) {
    yield* eachPlace(call, ['bound'], ['224.0.0.251', undefined_], call.startsWith('a') ? ALL : SOME);
    yield* eachPlace(call, ['unbound', 'closed'], ['224.0.0.251', '127.0.0.1'], SOME);
  }
  for (const group of [instance('String', '224.0.0.251'), ['224.0.0.251'], bytes('224.0.0.251'), [['ff02::fb']]]) {
    yield { call: 'addMembership', state: 'bound', args: [group] };
    yield { call: 'addMembership', state: 'bound', args: [group, { $symbol: 'x' }] };
  }
  for (const group of [{ $symbol: 'x' }, { $bare: {} }]) {
    for (const value of SOME) yield { call: 'addMembership', state: 'bound', args: [group, value] };
  }
  for (const call of ['addSourceSpecificMembership', 'dropSourceSpecificMembership']) {
    yield* eachPlace(call, ['bound'], ['127.0.0.1', '232.1.1.1', undefined_], call.startsWith('a') ? ALL : SOME);
    yield* eachPlace(call, ['closed'], ['127.0.0.1', '232.1.1.1'], SOME);
  }
}

// Node ends the process for a buffer size or a prefix of -0.
const notMinusZero = (value) => value?.$number !== '-0';

function* setters() {
  yield* eachPlace('setTTL', ['bound', 'closed'], [1], [...ALL, 255, 256, 0.5, -0.5]);
  yield* eachPlace('setMulticastTTL', ['bound', 'closed'], [1], [...SOME, 255, 256, 0.5, -0.5]);
  yield* eachPlace('setBroadcast', ['bound', 'closed'], [true]);
  yield* eachPlace('setMulticastLoopback', ['bound', 'closed'], [true], SOME);
  yield* eachPlace('setMulticastInterface', ['bound', 'closed'], ['127.0.0.1']);
  yield* eachPlace('setRecvBufferSize', ['bound', 'closed'], [1], ALL.filter(notMinusZero));
  yield* eachPlace('setSendBufferSize', ['bound', 'closed'], [1], SOME);
}

function* listeners() {
  for (const call of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']) {
    yield* eachPlace(call, ['unbound'], ['x', callback], call === 'on' ? ALL : SOME);
  }
  for (const call of ['off', 'removeListener']) yield* eachPlace(call, ['unbound'], ['x', callback], SOME);
  yield* eachPlace('setMaxListeners', ['unbound'], [1]);
  for (const state of OPEN) {
    if (state !== 'binding') yield* eachPlace('close', [state], [callback], SOME);
  }
}

function* rules() {
  const places = (call, template, values) => eachPlace(call, [undefined], template, values);
  yield* places('addAddress', ['127.0.0.1', 'ipv4'], ALL);
  yield* places('addAddress', ['::1', 'ipv6'], [...SOME, ...ADDRESSES]);
  yield* places('addRange', ['127.0.0.1', '127.0.0.9', 'ipv4'], [...SOME, ...ADDRESSES]);
  yield* places('addRange', ['::1', '::9', 'IPv6'], SOME);
  yield* places('addSubnet', ['127.0.0.1', 8, 'ipv4'], [...SOME, ...NUMBERS.filter(notMinusZero)]);
  yield* places('addSubnet', ['::1', 64, 'ipv6'], [...SOME, 128, 129, -1]);
  const ranges = [['127.0.0.2', '127.0.0.1'], ['::2', '::1', 'ipv6'], ['x', 'x', 'ipv5'], ['x', 5], ['1.1.1.1', '::1']];
  for (const args of ranges) yield { call: 'addRange', args };
  yield { call: 'addAddress', args: ['127.0.0.1'] };
  yield { call: 'addAddress', args: ['127.0.0.1', 'IPV4'] };
}

export function* rows25() {
  yield* creations();
  yield* binds();
  yield* connects();
  yield* sends();
  yield* memberships();
  yield* setters();
  yield* listeners();
  yield* rules();
}

// bindSync and connectSync, and ports that mean 0.
export function* rows26() {
  yield { call: 'bindSync', state: 'unbound', args: [] };
  for (const state of ['unbound', 'bound', 'binding', 'closed']) {
    for (const value of state === 'unbound' ? ALL : SOME) {
      yield { call: 'bindSync', state, args: [value] };
      yield { call: 'bindSync', state, args: [{ port: value, address: '127.0.0.1' }] };
      yield { call: 'bindSync', state, args: [{ address: value }] };
    }
  }
  for (const text of ['x'.repeat(200), `a\nb${'c'.repeat(90)}`, `it's\n${'c'.repeat(90)}`]) {
    yield { call: 'bindSync', state: 'unbound', args: [{ address: text }] };
  }
  yield { call: 'bindSync', state: 'unbound', args: [{ port: -1, address: 'x' }] };
  yield* eachPlace('connectSync', ['bound'], [9, '127.0.0.1']);
  yield* eachPlace('connectSync', [...OPEN, ...CLOSED], [9, '127.0.0.1'], [...SOME, '0']);
  const zeros = ['0', '-0', '00', ' 0 ', '0x0', '0.0', '0e5', '.0'];
  for (const port of zeros) {
    yield { call: 'send', state: 'bound', args: ['x', port, '127.0.0.1'] };
    yield { call: 'connect', state: 'bound', args: [port] };
  }
}
