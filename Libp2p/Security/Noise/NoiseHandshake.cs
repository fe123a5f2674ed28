using System.Buffers.Binary;
using IppanFleet.Libp2p.Crypto;

namespace IppanFleet.Libp2p.Security.Noise;

/// <summary>Why a handshake message was refused.</summary>
internal enum NoiseFault
{
    None,
    TooShort,
    WrongTag,
    SmallOrderKey,
}

/// <summary>The XX handshake as a pure state machine: three messages, no I/O (Noise §7.5: <c>→ e; ← e, ee, s, es; → s, se</c>).</summary>
internal sealed class NoiseHandshake(bool initiator, X25519PrivateKey staticKey, X25519PrivateKey ephemeralKey, ReadOnlySpan<byte> prologue) : IDisposable
{
    private const int KeySize = X25519PrivateKey.KeySize;

    private readonly NoiseSymmetricState _state = new(prologue);
    private readonly byte[] _remoteEphemeral = new byte[KeySize];
    private readonly byte[] _remoteStatic = new byte[KeySize];
    private int _message;

    /// <summary>The remote's static key, once its message was read.</summary>
    internal ReadOnlySpan<byte> RemoteStatic => _remoteStatic;

    /// <summary>Whether all three messages went through.</summary>
    internal bool Complete => _message == 3;

    /// <summary>The head of the transcript's hash, which both ends share once all messages went through (Noise §11.2 channel binding).</summary>
    internal ulong Session => BinaryPrimitives.ReadUInt64BigEndian(_state.Hash);

    /// <summary>Writes the next message; false when the remote's ephemeral key has small order.</summary>
    internal bool TryWrite(ReadOnlySpan<byte> payload, Span<byte> output, out int written)
    {
        written = 0;
        if (_message is 0 or 1)
        {
            ephemeralKey.PublicKey.CopyTo(output);
            _state.MixHash(ephemeralKey.PublicKey);
            written += KeySize;
            if (_message == 1 && !Mix(ephemeralKey, _remoteEphemeral)) return false;
        }
        if (_message is 1 or 2)
        {
            written += _state.EncryptAndHash(staticKey.PublicKey, output[written..]);
            if (!Mix(staticKey, _remoteEphemeral)) return false;
        }
        written += _state.EncryptAndHash(payload, output[written..]);
        _message++;
        return true;
    }

    /// <summary>Reads the next message and writes its payload to <paramref name="payload"/> (as large as the message).</summary>
    internal NoiseFault Read(ReadOnlySpan<byte> message, Span<byte> payload, out int size)
    {
        size = 0;
        if (_message is 0 or 1)
        {
            if (message.Length < KeySize) return NoiseFault.TooShort;
            message[..KeySize].CopyTo(_remoteEphemeral);
            _state.MixHash(_remoteEphemeral);
            message = message[KeySize..];
            if (_message == 1 && !Mix(ephemeralKey, _remoteEphemeral)) return NoiseFault.SmallOrderKey;
        }
        if (_message is 1 or 2)
        {
            var length = KeySize + _state.Overhead;
            if (message.Length < length) return NoiseFault.TooShort;
            if (!_state.TryDecryptAndHash(message[..length], _remoteStatic, out _)) return NoiseFault.WrongTag;
            message = message[length..];
            if (!Mix(ephemeralKey, _remoteStatic)) return NoiseFault.SmallOrderKey;
        }
        if (message.Length < _state.Overhead) return NoiseFault.TooShort;
        if (!_state.TryDecryptAndHash(message, payload, out size)) return NoiseFault.WrongTag;
        _message++;
        return NoiseFault.None;
    }

    /// <summary>The transport ciphers: ours to send with, ours to receive with.</summary>
    internal (NoiseCipher Send, NoiseCipher Receive) Split()
    {
        var (first, second) = _state.Split();
        return initiator ? (first, second) : (second, first);
    }

    public void Dispose() => _state.Dispose();

    private bool Mix(X25519PrivateKey own, ReadOnlySpan<byte> remote)
    {
        Span<byte> secret = stackalloc byte[KeySize];
        if (!own.TryDerive(remote, secret)) return false;
        _state.MixKey(secret);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
        return true;
    }
}
