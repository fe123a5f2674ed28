using System.Security.Cryptography;
using System.Text;
using IppanFleet.Hosting.Storage;
using IppanFleet.Libp2p.Crypto;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Hosting.Identities;

/// <summary>Key pairs of nodes, a file each that nobody but its owner can read: libp2p's private-key protobuf (peer-ids.md §Keys).</summary>
internal sealed class IdentityFiles(string folder)
{
    /// <summary>Field 1: Ed25519; field 2: 64 bytes.</summary>
    private static readonly byte[] Header = [0x08, 0x01, 0x12, 0x40];

    private const int MaxFileBytes = 1_024;

    /// <summary>The key pair of that name; it is made and kept when there is none yet.</summary>
    /// <exception cref="DataFault">Its file cannot be read or written, or holds something else. It is never replaced.</exception>
    internal PeerIdentity Of(string name)
    {
        var path = Path.Combine(folder, FileNameOf(name));
        try
        {
            return File.Exists(path) ? Read(path) : Make(path);
        }
        catch (Exception e) when (e is not DataFault && e is IOException or UnauthorizedAccessException)
        {
            throw new DataFault($"{path} cannot be read or written: {e.Message}", e);
        }
    }

    private static PeerIdentity Read(string path)
    {
        if (new FileInfo(path).Length > MaxFileBytes) throw Unfit(path);
        var bytes = File.ReadAllBytes(path);
        try
        {
            return PeerIdentity.TryFromProtobuf(bytes, out var identity) ? identity : throw Unfit(path);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private PeerIdentity Make(string path)
    {
        PrivateFiles.CreateFolder(folder);
        var bytes = new byte[Header.Length + (2 * Ed25519.SeedSize)];
        try
        {
            Header.CopyTo(bytes, 0);
            var seed = bytes.AsSpan(Header.Length, Ed25519.SeedSize);
            RandomNumberGenerator.Fill(seed);
            var identity = PeerIdentity.FromSeed(seed);
            identity.PublicKey.Data.CopyTo(bytes.AsSpan(Header.Length + Ed25519.SeedSize));
            WriteWhole(path, bytes);
            return identity;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The file is there with all of its content, or not at all.</summary>
    private static void WriteWhole(string path, byte[] bytes)
    {
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = PrivateFiles.Create(draft))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: false);
    }

    /// <summary>Names become file names one to one: what is neither a small letter, a digit nor a hyphen is written as hex.</summary>
    private static string FileNameOf(string name)
    {
        var text = new StringBuilder();
        foreach (var unit in Encoding.UTF8.GetBytes(name))
        {
            var letter = (char)unit;
            if (char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-') text.Append(letter);
            else text.Append('_').Append(Convert.ToHexStringLower([unit]));
        }

        return text.Append(".key").ToString();
    }

    private static DataFault Unfit(string path) => new($"{path} does not hold a node's key; it was not changed: restore it from a copy, or move it away to give the node a new identity");
}
