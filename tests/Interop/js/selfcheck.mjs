// Two js peers against each other over their command protocol: `node --test selfcheck.mjs`.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import './shim.mjs'
import { privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { blake3 } from '@noble/hashes/blake3.js'
import { createKey } from './node.mjs'

const DEADLINE_MS = 20_000
const TOPIC = 'ippan/blocks'

class Peer {
  #process
  #nextId = 1
  #replies = new Map()
  #events = []
  #waiting = []

  constructor (...args) {
    this.#process = spawn(process.execPath, [fileURLToPath(new URL('peer.mjs', import.meta.url)), ...args],
      { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#process.stdout }).on('line', line => this.#receive(JSON.parse(line)))
  }

  static async start (...args) {
    const peer = new Peer(...args)
    const { peerId, addresses } = await peer.event('ready')
    Object.assign(peer, { peerId, addresses })
    return peer
  }

  async call (command, fields = {}) {
    const id = this.#nextId++
    const reply = new Promise(resolve => this.#replies.set(id, resolve))
    this.#process.stdin.write(`${JSON.stringify({ id, command, ...fields })}\n`)
    const { ok, result, error } = await inTime(reply, command)
    if (!ok) {
      throw new Error(error)
    }
    return result
  }

  /** The first event of that name, past or to come, that `matches`. */
  async event (name, matches = () => true) {
    const wanted = event => event.event === name && matches(event)
    const past = this.#events.find(wanted)
    return past ?? await inTime(new Promise(resolve => this.#waiting.push({ wanted, resolve })), name)
  }

  /** Ends the peer by closing its stdin, and returns its exit code. */
  async end () {
    const exited = this.#process.exitCode == null ? once(this.#process, 'exit') : [this.#process.exitCode]
    this.#process.stdin.end()
    return (await inTime(exited, 'exit'))[0]
  }

  #receive (line) {
    if (line.event == null) {
      this.#replies.get(line.id)?.(line)
      this.#replies.delete(line.id)
      return
    }
    this.#events.push(line)
    this.#waiting = this.#waiting.filter(({ wanted, resolve }) => !wanted(line) || resolve(line))
  }
}

async function inTime (promise, what) {
  const { promise: late, reject } = Promise.withResolvers()
  const timer = setTimeout(() => reject(new Error(`no ${what} within ${DEADLINE_MS} ms`)), DEADLINE_MS)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

let alice
let bob

before(async () => {
  [alice, bob] = await Promise.all([Peer.start(), Peer.start('--identity', 'secp256k1')])
})

after(() => Promise.all([alice?.end(), bob?.end()]))

test('Dial_ByAddress_ReturnsRemotePeerAndBothSeeTheConnection', async () => {
  assert.equal(await alice.call('dial', { address: bob.addresses[0] }), bob.peerId)

  await bob.event('peer:connect', ({ peerId }) => peerId === alice.peerId)
  assert.deepEqual(await alice.call('peers'), [bob.peerId])
  const [connection] = await alice.call('connections')
  assert.equal(connection.encryption, '/noise')
  assert.equal(connection.multiplexer, '/yamux/1.0.0')
})

test('Identify_AfterDial_TellsProtocolsAndVersions', async () => {
  const [told, toldToo] = await Promise.all([
    alice.call('identify-of', { peerId: bob.peerId }),
    bob.call('identify-of', { peerId: alice.peerId })
  ])

  assert.match(told.agentVersion, /^js-libp2p\//)
  assert.equal(told.protocolVersion, 'ipfs/0.1.0')
  assert.ok(told.observedAddr.startsWith('/ip4/127.0.0.1/tcp/'))
  for (const protocol of ['/meshsub/1.2.0', '/echo/1.0.0', '/perf/1.0.0', '/ipfs/ping/1.0.0', '/ipfs/id/push/1.0.0']) {
    assert.ok(toldToo.protocols.includes(protocol), protocol)
  }
})

test('Ping_BothWays_Answers', async () => {
  assert.ok(await alice.call('ping', { peerId: bob.peerId }) >= 0)
  assert.ok(await bob.call('ping', { peerId: alice.peerId }) >= 0)
})

test('Echo_MoreThanOneWindow_ComesBackUnchanged', async () => {
  const data = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, index) => index * 31 >> 3))

  const back = await alice.call('echo', { peerId: bob.peerId, dataBase64: data.toString('base64') })
  assert.ok(Buffer.from(back, 'base64').equals(data))
  assert.equal(await bob.call('echo', { peerId: alice.peerId, dataBase64: '' }), '')
})

test('Perf_UpAndDown_MovesAllBytes', async () => {
  const result = await alice.call('perf', { address: bob.addresses[0], uploadBytes: 5_000_001, downloadBytes: 7_000_003 })
  assert.equal(result.uploadBytes, 5_000_001)
  assert.equal(result.downloadBytes, 7_000_003)
  assert.ok(result.seconds > 0)
})

test('Gossip_SignedBothWays_ArrivesWithBlake3Id', async () => {
  await Promise.all([alice.call('subscribe', { topic: TOPIC }), bob.call('subscribe', { topic: TOPIC })])
  await subscribed(alice, bob)
  await subscribed(bob, alice)
  assert.deepEqual(await alice.call('subscribers', { topic: TOPIC }), [bob.peerId])

  for (const [from, to] of [[alice, bob], [bob, alice]]) {
    const data = Buffer.from(`a block of ${from.peerId}`)
    assert.deepEqual(await from.call('publish', { topic: TOPIC, dataBase64: data.toString('base64') }), [to.peerId])

    const message = await to.event('message', ({ dataBase64 }) => dataBase64 === data.toString('base64'))
    assert.equal(message.topic, TOPIC)
    assert.equal(message.from, from.peerId)
    assert.equal(message.messageIdHex, Buffer.from(blake3(data)).toString('hex'))
  }

  async function subscribed (at, other) {
    await at.event('subscription-change', ({ peerId, subscriptions }) =>
      peerId === other.peerId && subscriptions.some(({ topic, subscribe }) => topic === TOPIC && subscribe))
  }
})

test('Hangup_OfAPeer_DisconnectsBoth', async () => {
  await alice.call('hangup', { peerId: bob.peerId })

  await bob.event('peer:disconnect', ({ peerId }) => peerId === alice.peerId)
  assert.deepEqual(await alice.call('peers'), [])
})

test('Command_ThatFails_IsAnsweredWithAnError', async () => {
  await assert.rejects(alice.call('dial', { address: '/ip4/127.0.0.1/tcp/1' }))
  await assert.rejects(alice.call('no-such-command'), /unknown command/)
})

test('Key_GivenOnTheCommandLine_IsThePeersIdentity', async () => {
  for (const identity of ['ed25519', 'secp256k1', 'rsa']) {
    const key = await createKey(identity)
    const peer = await Peer.start('--key', Buffer.from(privateKeyToProtobuf(key)).toString('hex'))
    assert.equal(peer.peerId, peerIdFromPrivateKey(key).toString())
    assert.equal(await peer.call('dial', { address: bob.addresses[0] }), bob.peerId)
    assert.equal(await peer.end(), 0)
  }
})
