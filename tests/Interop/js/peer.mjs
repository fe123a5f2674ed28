// A js-libp2p peer driven by one JSON object a line: commands on stdin, replies and events on stdout. See README.md.
import './shim.mjs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { createKey, createNode, ECHO, ippanGossip, LOOPBACK, parseKey, PERF } from './node.mjs'
import { echo, perf, serveEcho, servePerf } from './streams.mjs'

const COMMAND_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 3_000
// More streams at once than the default 32 so that a test can load the peer.
const STREAM_LIMITS = { maxInboundStreams: 1_000, maxOutboundStreams: 1_000 }

const { values: options } = parseArgs({
  options: {
    identity: { type: 'string', default: 'ed25519' },
    listen: { type: 'string', multiple: true, default: [LOOPBACK] },
    key: { type: 'string' }
  }
})

const node = await createNode({
  listen: options.listen,
  privateKey: options.key == null ? await createKey(options.identity) : parseKey(options.key),
  services: {
    // All peers of a test share one address: with the default weight, an eleventh of them would be graylisted.
    pubsub: ippanGossip({ scoreParams: { IPColocationFactorWeight: 0 } })
  },
  // The default refuses a sixth connection from one host within a second, silently.
  connectionManager: { inboundConnectionThreshold: 1_000, maxIncomingPendingConnections: 100 }
})
const { pubsub } = node.services
const identified = new Map()
const awaitingIdentify = new Map()

await node.handle(ECHO, serveEcho, STREAM_LIMITS)
await node.handle(PERF, servePerf, STREAM_LIMITS)

node.addEventListener('peer:connect', ({ detail }) => emit('peer:connect', { peerId: detail.toString() }))
node.addEventListener('peer:disconnect', ({ detail }) => {
  identified.delete(detail.toString())
  emit('peer:disconnect', { peerId: detail.toString() })
})
node.addEventListener('peer:identify', ({ detail }) => {
  const told = identifyResult(detail)
  identified.set(told.peerId, told)
  emit('peer:identify', told)
  awaitingIdentify.get(told.peerId)?.forEach(resolve => resolve(told))
  awaitingIdentify.delete(told.peerId)
})
pubsub.addEventListener('subscription-change', ({ detail }) => emit('subscription-change', {
  peerId: detail.peerId.toString(),
  subscriptions: detail.subscriptions.map(({ topic, subscribe }) => ({ topic, subscribe }))
}))
pubsub.addEventListener('gossipsub:message', ({ detail: { msg, msgId, propagationSource } }) => emit('message', {
  topic: msg.topic,
  dataBase64: toBase64(msg.data),
  from: msg.from?.toString() ?? null,
  messageIdHex: msgId,
  propagationSource: propagationSource.toString()
}))

const commands = {
  dial: async ({ address }, signal) => (await node.dial(multiaddr(address), { signal })).remotePeer.toString(),
  'identify-of': async ({ peerId }) => identified.get(peerId) ?? await nextIdentify(peerId),
  ping: async (command, signal) => await node.services.ping.ping(target(command), { signal }),
  subscribe: async ({ topic }) => { pubsub.subscribe(topic) },
  unsubscribe: async ({ topic }) => { pubsub.unsubscribe(topic) },
  publish: async ({ topic, dataBase64 }) =>
    (await pubsub.publish(topic, fromBase64(dataBase64))).recipients.map(String),
  subscribers: async ({ topic }) => pubsub.getSubscribers(topic).map(String),
  mesh: async ({ topic }) => pubsub.getMeshPeers(topic),
  handle: async ({ protocol }) => { await node.handle(protocol, serveEcho, STREAM_LIMITS) },
  listen: async ({ address }) => {
    await node.components.transportManager.listen([multiaddr(address)])
    return node.getMultiaddrs().map(String)
  },
  known: async ({ peerId }) => {
    const { protocols, addresses } = await node.peerStore.get(peerIdFromString(peerId))
    return { protocols, addresses: addresses.map(({ multiaddr }) => multiaddr.toString()) }
  },
  peers: async () => node.getPeers().map(String),
  connections: async () => node.getConnections().map(connectionResult),
  echo: async (command, signal) => {
    const stream = await node.dialProtocol(target(command), command.protocol ?? ECHO, { signal })
    return toBase64(await abortable(stream, signal, echo(stream, fromBase64(command.dataBase64))))
  },
  perf: async (command, signal) => {
    const stream = await node.dialProtocol(target(command), PERF, { signal })
    return await abortable(stream, signal, perf(stream, command.uploadBytes, command.downloadBytes))
  },
  hangup: async ({ peerId }, signal) => { await node.hangUp(peerIdFromString(peerId), { signal }) }
}

emit('ready', { peerId: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) })

const input = createInterface({ input: process.stdin })
input.on('line', line => { if (line.trim() !== '') { obey(line) } })
input.on('close', () => stop())

async function obey (line) {
  let command
  try {
    command = JSON.parse(line)
  } catch (error) {
    print({ id: null, ok: false, error: `not JSON: ${error.message}` })
    return
  }

  const { id } = command
  if (command.command === 'stop') {
    await stop(() => print({ id, ok: true, result: null }))
    return
  }
  try {
    if (!Object.hasOwn(commands, command.command)) {
      throw new Error(`unknown command ${command.command}`)
    }
    const result = await within(command.timeoutMs ?? COMMAND_TIMEOUT_MS, signal => commands[command.command](command, signal))
    print({ id, ok: true, result: result ?? null })
  } catch (error) {
    print({ id, ok: false, error: `${error.name}: ${error.message}` })
  }
}

let stopping = false

async function stop (stopped = () => {}) {
  if (stopping) {
    return
  }
  stopping = true
  await within(STOP_TIMEOUT_MS, () => node.stop()).catch(() => {})
  stopped()
  process.exit(0)
}

/** Gives `work` a signal that fires after `ms`, and does not wait for it any longer than that. */
async function within (ms, work) {
  const deadline = new AbortController()
  const { promise: late, reject } = Promise.withResolvers()
  const timer = setTimeout(() => {
    const error = new Error(`took longer than ${ms} ms`)
    reject(error)
    deadline.abort(error)
  }, ms)
  try {
    return await Promise.race([work(deadline.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

async function abortable (stream, signal, work) {
  const abort = () => stream.abort(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    return await work
  } catch (error) {
    stream.abort(error)
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function nextIdentify (peerId) {
  return new Promise(resolve => {
    awaitingIdentify.set(peerId, [...awaitingIdentify.get(peerId) ?? [], resolve])
  })
}

function target ({ peerId, address }) {
  return peerId == null ? multiaddr(address) : peerIdFromString(peerId)
}

function identifyResult (told) {
  return {
    peerId: told.peerId.toString(),
    agentVersion: told.agentVersion ?? null,
    protocolVersion: told.protocolVersion ?? null,
    protocols: told.protocols,
    listenAddrs: told.listenAddrs.map(String),
    observedAddr: told.observedAddr?.toString() ?? null,
    signedAddresses: told.signedPeerRecord?.addresses.map(String) ?? null
  }
}

function connectionResult (connection) {
  return {
    peerId: connection.remotePeer.toString(),
    address: connection.remoteAddr.toString(),
    direction: connection.direction,
    status: connection.status,
    encryption: connection.encryption ?? null,
    multiplexer: connection.multiplexer ?? null,
    streams: connection.streams.map(stream => ({ protocol: stream.protocol ?? null, direction: stream.direction }))
  }
}

function toBase64 (bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function fromBase64 (text) {
  return new Uint8Array(Buffer.from(text, 'base64'))
}

function emit (event, fields) {
  print({ event, ...fields })
}

function print (object) {
  process.stdout.write(`${JSON.stringify(object)}\n`)
}
