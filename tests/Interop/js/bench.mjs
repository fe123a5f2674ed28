// js-libp2p against itself, one role a process, results as one line of JSON. See README.md.
//
// libp2p runs with its defaults, but for the limits that would end a bench early: the connection manager takes
// 100,000 inbound connections a second of one host (default 5), 1,000 pending (10) and 100,000 in all (300).
import './shim.mjs'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { multiaddr } from '@multiformats/multiaddr'
import { createNode, ippanGossip, LOOPBACK, PERF } from './node.mjs'
import { drained, perf, servePerf } from './streams.mjs'

const IDENTIFY = '/ipfs/id/1.0.0'
const TOPIC = 'ippan/blocks'
const WARMUP_TOPIC = 'bench/warmup'
const STALL_MS = 10_000
const CONNECTIONS = { inboundConnectionThreshold: 100_000, maxIncomingPendingConnections: 1_000, maxConnections: 100_000 }

const { values: options, positionals: [role, bench] } = parseArgs({
  allowPositionals: true,
  options: {
    address: { type: 'string' },
    bytes: { type: 'string', default: String(256 * 1024 * 1024) },
    direction: { type: 'string', default: 'up' },
    count: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '1' },
    size: { type: 'string', default: '1024' },
    signed: { type: 'boolean', default: true },
    unsigned: { type: 'boolean', default: false },
    warmup: { type: 'string' }
  }
})

const roles = {
  serve: { throughput: serveThroughput, handshakes: serveHandshakes, gossip: serveGossip },
  run: { throughput: runThroughput, handshakes: runHandshakes, gossip: runGossip },
  measure: { memory: measureMemory }
}

const start = roles[role]?.[bench]
if (start == null) {
  console.error('usage: bench.mjs serve|run throughput|handshakes|gossip [options], or measure memory [options]; see README.md')
  process.exit(2)
}
if (role === 'serve') {
  process.stdin.resume().on('end', () => process.exit(0))
  await start()
} else if (role === 'measure') {
  await start()
  process.exit(0)
} else {
  if (options.address == null) {
    console.error('run needs --address')
    process.exit(2)
  }
  await start(multiaddr(options.address))
  process.exit(0)
}

async function serveThroughput () {
  const node = await server()
  await node.handle(PERF, servePerf)
  ready(node)
}

async function runThroughput (address) {
  const node = await client()
  const bytes = number('bytes')
  const transfer = async (bytes) => {
    const stream = await node.dialProtocol(address, PERF)
    switch (options.direction) {
      case 'up': return await perf(stream, bytes, 0)
      case 'down': return await perf(stream, 0, bytes)
      default: throw new Error(`unknown direction ${options.direction}`)
    }
  }

  await transfer(number('warmup', 32 * 1024 * 1024))
  const { seconds } = await transfer(bytes)
  print({ bytes, seconds })
  await node.stop()
}

async function serveHandshakes () {
  ready(await server())
}

/** Each lane is a host of its own, since one host would join its dials to one peer into one connection. */
async function runHandshakes (address) {
  const count = number('count')
  const lanes = await Promise.all(Array.from({ length: number('concurrency') }, handshakeLane))
  const dialAll = async (count) => {
    let left = count
    await Promise.all(lanes.map(async lane => {
      while (left-- > 0) {
        await lane.dialAndClose(address)
      }
    }))
  }

  await dialAll(number('warmup', 20))
  const seconds = await timed(() => dialAll(count))
  print({ count, seconds })
  await Promise.all(lanes.map(lane => lane.stop()))
}

async function handshakeLane () {
  const node = await client()
  let identified
  let answered

  node.addEventListener('peer:identify', () => identified.resolve())
  // In place of Identify's own handler, to learn when the remote has read our answer and closed its side too.
  await node.handle(IDENTIFY, async (stream, connection) => {
    stream.addEventListener('close', ({ error }) => error == null ? answered.resolve() : answered.reject(error))
    await node.services.identify.handleProtocol(stream, connection)
  }, { force: true, maxInboundStreams: 1 })

  return {
    async dialAndClose (address) {
      identified = Promise.withResolvers()
      answered = Promise.withResolvers()
      const connection = await node.dial(address)
      await Promise.all([identified.promise, answered.promise])
      await connection.close()
    },
    stop: () => node.stop()
  }
}

/** Counts the messages of a round; prints the round when all have come, or none for `STALL_MS`. */
async function serveGossip () {
  const node = await server({ pubsub: gossip() })
  const { pubsub } = node.services
  const expected = number('count')
  let received = 0
  let first
  let last
  let stalled

  const finish = () => {
    clearTimeout(stalled)
    print({ received, seconds: (last - first) / 1000 })
    received = 0
  }
  const watch = () => {
    const idle = performance.now() - last
    stalled = idle >= STALL_MS ? finish() : setTimeout(watch, STALL_MS - idle)
  }

  pubsub.addEventListener('gossipsub:message', ({ detail: { msg } }) => {
    if (msg.topic !== TOPIC) {
      return
    }
    last = performance.now()
    if (++received === 1) {
      first = last
      stalled = setTimeout(watch, STALL_MS)
    }
    if (received === expected) {
      finish()
    }
  })
  pubsub.subscribe(WARMUP_TOPIC)
  pubsub.subscribe(TOPIC)
  ready(node)
}

/**
 * Publishes to the one subscriber, awaiting each publish and, whenever it is full, the stream to the subscriber:
 * GossipSub itself queues without bound.
 */
async function runGossip (address) {
  const node = await client({ pubsub: gossip() })
  const { pubsub } = node.services
  const published = number('count')
  const connection = await node.dial(address)
  const remote = connection.remotePeer
  await reachable(pubsub)
  const outbound = connection.streams.find(({ protocol, direction }) =>
    direction === 'outbound' && protocol?.startsWith('/meshsub/'))

  const publishAll = async (topic, count) => {
    // Distinct data for distinct message ids, without paying for fresh random bytes each time.
    const data = randomBytes(Math.max(number('size'), 16))
    for (let index = 0; index < count; index++) {
      const message = Uint8Array.from(data)
      new DataView(message.buffer).setUint32(0, index)
      const { recipients } = await pubsub.publish(topic, message)
      if (recipients.length !== 1) {
        throw new Error(`message ${index} was sent to ${recipients.length} peers`)
      }
      await drained(outbound)
    }
  }

  await publishAll(WARMUP_TOPIC, number('warmup', 500))
  await node.services.ping.ping(remote)
  const seconds = await timed(() => publishAll(TOPIC, published))
  print({ published, seconds })
  // The answer says that the subscriber has read everything that came before on this connection.
  await node.services.ping.ping(remote)
  await node.stop()
}

/** What an idle connection keeps at each end, in heap and buffers; both ends are in this process, Identify is done. */
async function measureMemory () {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const held = async () => {
    for (let round = 0; round < 5; round++) {
      collect()
      await sleep(50)
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const [listener, dialer] = [await server(), await client()]
  const address = listener.getMultiaddrs()[0]
  const dialAll = async (count) => {
    const identified = [listener, dialer].map(node => identifications(node, count))
    const open = []
    for (let index = 0; index < count; index++) {
      open.push(await dialer.dial(address, { force: true }))
    }
    await Promise.all(identified)
    return open
  }

  const count = number('count')
  const warm = await dialAll(number('warmup', 20))
  const before = await held()
  const open = await dialAll(count)
  const after = await held()
  if (![...warm, ...open].every(connection => connection.status === 'open')) {
    throw new Error('a connection was closed')
  }
  print({ count, bytes: (after - before) / (2 * count) })
}

function identifications (node, count) {
  return new Promise(resolve => node.addEventListener('peer:identify', () => {
    if (--count === 0) {
      resolve()
    }
  }))
}

/** Waits for the subscriber's subscriptions, and for our own stream to it, which may open only later. */
async function reachable (pubsub) {
  for (let probe = 0; probe < 500; probe++) {
    if (pubsub.getSubscribers(TOPIC).length > 0) {
      const { recipients } = await pubsub.publish(WARMUP_TOPIC, randomBytes(16))
      if (recipients.length > 0) {
        return
      }
    }
    await sleep(10)
  }
  throw new Error('the other side did not subscribe')
}

function gossip () {
  return ippanGossip({ signed: options.signed && !options.unsigned })
}

async function server (services) {
  return await createNode({ listen: [LOOPBACK], services, connectionManager: CONNECTIONS })
}

async function client (services) {
  return await createNode({ services, connectionManager: CONNECTIONS })
}

async function timed (work) {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function number (name, fallback) {
  const value = Number(options[name] ?? fallback)
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`--${name} must be a whole number`)
  }
  return value
}

function ready (node) {
  print({ event: 'ready', address: node.getMultiaddrs()[0].toString() })
}

function print (object) {
  process.stdout.write(`${JSON.stringify(object)}\n`)
}
