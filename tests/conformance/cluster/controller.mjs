// The primary of a scenario: forks workers, has them carry out steps, and notes what they tell.

import cluster from 'node:cluster';
import dgram from 'node:dgram';
import { once } from 'node:events';

const WAIT_LIMIT = 10000; // milliseconds until a wait was in vain

export class Controller {
  #lines = [];
  #workers = new Map();
  #free = new Map();
  #waiting = null;
  #inVain = 0;
  #anyone = false;

  constructor(descriptors, lentPort) {
    this.descriptors = descriptors;
    this.lentPort = lentPort;
  }

  async run(scenario) {
    this.#anyone = scenario.anyone === true;
    cluster.on('listening', (worker, { addressType, address, port, fd }) => {
      this.#add({ socket: `primary:${worker.id}`, event: 'listening', addressType, ...(fd > 0 ? { fd: true } : { address }), port });
    });
    cluster.on('disconnect', ({ id, exitedAfterDisconnect }) => {
      this.#add({ socket: `primary:${id}`, event: 'disconnect', voluntary: exitedAfterDisconnect });
    });
    for (let id = 1; id <= scenario.workers; id += 1) await this.#fork(id);
    for (const step of scenario.steps) {
      if (this.#inVain === 0) await this.#step(step);
    }
    const lines = this.#named();
    for (const worker of this.#workers.values()) worker.process.kill('SIGKILL');
    return { lines, inVain: this.#inVain };
  }

  async #fork(id) {
    const worker = cluster.fork();
    this.#workers.set(String(id), worker);
    worker.on('message', (line) => {
      const anyone = this.#anyone && line.event === 'message';
      if (!line.done && !line.ready) this.#add(anyone ? { ...line, socket: null } : line);
    });
    // Not "online": what is sent before a module listens may be lost.
    await once(worker, 'message');
  }

  async #step(step) {
    if (step.wait) await this.#wait(step.wait, step.count ?? 1);
    else if (step.fork) await this.#fork(step.fork);
    else if (step.send) await this.#send(step);
    else if (step.dismiss) this.#workers.get(String(step.dismiss)).disconnect();
    else if (step.kill) this.#workers.get(String(step.kill)).process.kill('SIGKILL');
    else await this.#ask(await this.#resolved(step));
  }

  // A worker says "done" when the call has returned.
  #ask(step) {
    const { socket } = step.together?.[0] ?? step;
    const worker = this.#workers.get(String(step.disconnect ?? socket.split('.')[0]));
    return new Promise((resolve) => {
      const listen = (line) => {
        if (!line.done) return;
        worker.off('message', listen);
        resolve();
      };
      worker.on('message', listen);
      worker.send(step);
    });
  }

  async #send({ send, to }) {
    const socket = dgram.createSocket('udp4');
    const port = await this.#resolved(to);
    await new Promise((resolve) => { socket.send(send, port, '127.0.0.1', resolve); });
    socket.close();
  }

  #add(line) {
    this.#lines.push(line);
    this.#waiting?.();
  }

  // Until there are so many lines with these members.
  async #wait(wanted, count) {
    const fits = (line) => Object.entries(wanted).every(([key, value]) => line[key] === value);
    await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#inVain += 1;
        this.#lines.push({ socket: wanted.socket ?? null, inVain: { ...wanted, count } });
        resolve();
      }, WAIT_LIMIT);
      this.#waiting = () => {
        if (this.#lines.filter(fits).length < count) return;
        clearTimeout(timer);
        resolve();
      };
      this.#waiting();
    });
    this.#waiting = null;
  }

  async #resolved(value) {
    if (typeof value === 'string' && value.startsWith('$')) return this.#symbol(...value.slice(1).split(':'));
    if (value === null || typeof value !== 'object') return value;
    const entries = await Promise.all(Object.entries(value).map(async ([key, part]) => [key, await this.#resolved(part)]));
    return Array.isArray(value) ? entries.map(([, part]) => part) : Object.fromEntries(entries);
  }

  async #symbol(kind, name) {
    if (kind === 'fd') return this.descriptors[name];
    if (kind === 'lent') return this.lentPort;
    if (kind === 'port') return this.#ports().findLast(([socket]) => socket === name)[1];
    if (!this.#free.has(name)) this.#free.set(name, await freePort());
    return this.#free.get(name);
  }

  #ports() {
    return this.#lines.filter(({ event, local }) => event === 'listening' && local)
      .map(({ socket, local }) => [socket, local.port]);
  }

  // The lines with names in place of ports: of the free port, else of the first socket, by name, that has it.
  #named() {
    const names = new Map([[this.lentPort, '$lent'], ...[...this.#free].map(([name, port]) => [port, `$free:${name}`])]);
    const seen = new Map();
    for (const [socket, port] of this.#ports().sort(([a], [b]) => (a < b ? -1 : Number(a > b)))) {
      const count = (seen.get(socket) ?? 0) + 1;
      seen.set(socket, count);
      if (!names.has(port)) names.set(port, count === 1 ? `$port:${socket}` : `$port:${socket}:${count}`);
    }
    const named = (key, value) => {
      if (key === 'port' && names.has(value)) return names.get(value);
      if (key !== 'message' || typeof value !== 'string') return value;
      return value.replace(/:(\d+)$/, (text, port) => (names.has(Number(port)) ? `:${names.get(Number(port))}` : text));
    };
    return JSON.parse(JSON.stringify(this.#lines, named));
  }
}

async function freePort() {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
