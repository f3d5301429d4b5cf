// The process a scenario needs: inside the network namespace, or with sockets inherited from a parent.

import { spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { needsDescriptors, needsNamespace } from './scenario.mjs';
import { socketDescriptor } from './runner.mjs';

const ORACLE = fileURLToPath(new URL('../oracle.mjs', import.meta.url));
const NAMESPACE = fileURLToPath(new URL('../namespace.sh', import.meta.url));
const TIME_LIMIT = 60000; // milliseconds for a whole scenario
const INHERITED = 'ANYDGRAM_DESCRIPTORS';

// Exit code if another process was needed and did the work, undefined if this one can.
export async function runElsewhere(scenario, args) {
  if (needsNamespace(scenario) && process.env.ANYDGRAM_NAMESPACE !== '1') {
    const command = [process.execPath, ORACLE, ...args];
    return spawnSync(NAMESPACE, command, { stdio: 'inherit', timeout: TIME_LIMIT }).status ?? 1;
  }
  if (needsDescriptors(scenario) && process.env[INHERITED] === undefined) return runWithDescriptors(args);
  return undefined;
}

// The numbers that descriptors have in a process started by runWithDescriptors.
export function inheritedDescriptors() {
  const names = process.env[INHERITED]?.split(',') ?? [];
  return Object.fromEntries(names.map((name, index) => [name, 3 + index]));
}

async function runWithDescriptors(args) {
  const udp4 = await boundSocket('udp4', '127.0.0.1');
  const udp6 = await boundSocket('udp6', '::1').catch(() => null);
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const names = ['udp4', 'tcp', ...(udp6 ? ['udp6'] : [])];
  const descriptors = [socketDescriptor(udp4), server._handle.fd, ...(udp6 ? [socketDescriptor(udp6)] : [])];
  const child = spawn(process.execPath, [ORACLE, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', ...descriptors],
    env: { ...process.env, [INHERITED]: names.join(',') },
    timeout: TIME_LIMIT,
  });
  // The child has its own copies. This process must not read what belongs to the child.
  udp4.close();
  udp6?.close();
  server.close();
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

async function boundSocket(type, address) {
  const socket = dgram.createSocket(type);
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}
