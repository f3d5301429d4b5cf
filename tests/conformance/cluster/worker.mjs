// A worker of a scenario: carries out its steps, and tells what its sockets emit.

import cluster from 'node:cluster';
import dgram from 'node:dgram';

export function work() {
  const sockets = new Map();
  // Nothing is told after the channel has ended.
  const tell = (line) => { if (process.connected) process.send(line); };
  process.on('message', (step) => {
    for (const one of step.together ?? [step]) carryOut(one, sockets, tell);
    tell({ done: true });
  });
  tell({ ready: true });
}

function carryOut(step, sockets, tell) {
  if (step.disconnect) {
    cluster.worker.disconnect();
    return;
  }
  const { socket: name, call, args = [] } = step;
  if (call === 'create') {
    sockets.set(name, create(name, args[0], tell));
    return;
  }
  try {
    sockets.get(name)[call](...args);
  } catch (error) {
    tell({ socket: name, call, throws: described(error) });
  }
}

function create(name, options, tell) {
  const socket = dgram.createSocket(options);
  socket.on('listening', () => tell({ socket: name, event: 'listening', local: socket.address() }));
  socket.on('connect', () => tell({ socket: name, event: 'connect' }));
  socket.on('message', (data) => tell({ socket: name, event: 'message', data: data.toString() }));
  socket.on('error', (error) => tell({ socket: name, event: 'error', error: described(error) }));
  socket.on('close', () => tell({ socket: name, event: 'close' }));
  return socket;
}

const described = ({ code, message, syscall }) => ({ code, message, syscall });
