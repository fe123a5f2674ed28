using System.Security.Cryptography;

namespace IppanFleet.Libp2p.Identity;

/// <summary>A key pair in a file that nobody but its owner can read: libp2p's private-key protobuf (peer-ids.md §Keys), as other libp2p implementations write it.</summary>
public static class IdentityFile
{
    /// <summary>An RSA key of 8,192 bits takes less than 5 KiB.</summary>
    private const int MaxBytes = 16 * 1024;

    /// <summary>The identity of the file; a new one is made and written (mode 600, its folder 700) when there is no such file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">What a new identity is. Default Ed25519. A file that is there keeps its own type.</param>
    /// <exception cref="IdentityFileException">It cannot be read or written, others may read it, or it holds something else; the message says which file and what to do. It is never replaced.</exception>
    public static PeerIdentity LoadOrCreate(string path, KeyType type = KeyType.Ed25519)
    {
        try
        {
            return File.Exists(path) ? Load(path) : Create(path, type);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not IdentityFileException)
        {
            throw new IdentityFileException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The identity of the file.</summary>
    /// <exception cref="IdentityFileException">As of <see cref="LoadOrCreate"/>; or there is no such file.</exception>
    public static PeerIdentity Load(string path)
    {
        var buffer = new byte[MaxBytes + 1];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (PrivateFiles.IsOpenToOthers(file, out var mode)) throw new IdentityFileException($"{path} is open to others (mode {mode}), who may know its key by now: give it mode 600, or move it away for a new identity");
            var size = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return size <= MaxBytes && PeerIdentity.TryFromProtobuf(buffer.AsSpan(0, size), out var identity)
                ? identity
                : throw new IdentityFileException($"{path} does not hold a libp2p private key; it was not changed: restore it from a copy, or move it away for a new identity");
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not IdentityFileException)
        {
            throw new IdentityFileException($"{path} cannot be read: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static PeerIdentity Create(string path, KeyType type)
    {
        var identity = PeerIdentity.Generate(type);
        var bytes = identity.ToProtobuf();
        try
        {
            PrivateFiles.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            PrivateFiles.WriteNew(path, bytes);
            return identity;
        }
        catch (IOException) when (File.Exists(path))
        {
            // Somebody else was faster: theirs is the identity.
            identity.Dispose();
            return Load(path);
        }
        catch
        {
            identity.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}

/// <summary>A file of an identity cannot be used. The message is one line that names the file and says what can be done; it never holds what the file does.</summary>
public sealed class IdentityFileException : IOException
{
    /// <summary>With words, and what was the matter.</summary>
    public IdentityFileException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
