// What libp2p 3 uses and Node 20 lacks. Imported before any libp2p module.
Promise.withResolvers ??= function withResolvers () {
  let resolve
  let reject
  const promise = new this((onResolved, onRejected) => {
    resolve = onResolved
    reject = onRejected
  })
  return { promise, resolve, reject }
}
