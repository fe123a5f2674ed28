using System.Text;
using IppanFleet.Hosting.Storage;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Hosting.Identities;

/// <summary>Key pairs of nodes, an <see cref="IdentityFile"/> each, and the mark of the seed that stands for them when there is one.</summary>
internal sealed class IdentityFiles(string folder)
{
    private const string Suffix = ".key";
    private const int MaxMarkBytes = 256;

    /// <summary>Holds the peer id that the seed derives for no name: as public as the nodes' own peer ids, and no other seed's.</summary>
    private readonly string _mark = Path.Combine(folder, "seed.peer");

    /// <summary>The key pair of that name; it is made and kept when there is none yet.</summary>
    /// <exception cref="DataFault">Its file cannot be read or written, is open to others, or holds anything but an Ed25519 key. It is never replaced.</exception>
    internal PeerIdentity Of(string name)
    {
        var path = Path.Combine(folder, FileNameOf(name));
        try
        {
            var identity = IdentityFile.LoadOrCreate(path);
            if (identity.PublicKey.Type == KeyType.Ed25519) return identity;
            identity.Dispose();
            throw new DataFault($"{path} holds a key of type {identity.PublicKey.Type}, and the nodes of a fleet sign blocks with Ed25519; it was not changed: take an Ed25519 key, or move it away for a new identity");
        }
        catch (IdentityFileException e)
        {
            throw new DataFault(e.Message, e);
        }
    }

    /// <summary>Keeps the nodes from silently becoming other peers: a folder belongs to the seed that it was first used with, or to none.</summary>
    /// <param name="seed">The seed of this start; empty when there is none.</param>
    /// <exception cref="DataFault">The folder's nodes have other identities than this seed makes, or cannot be read or written.</exception>
    internal void Claim(ReadOnlySpan<byte> seed)
    {
        try
        {
            var known = ReadMark();
            if (seed.IsEmpty)
            {
                if (known is not null) throw new DataFault($"{folder}: this fleet's identities come from a seed, and without it its nodes would become other peers: start with the same seed, or take another data folder");
                return;
            }
            using var mark = PeerIdentity.Derive(seed, "");
            if (known == mark.Id.ToString()) return;
            if (known is not null) throw new DataFault($"{folder}: this fleet's identities come from another seed, and with this one its nodes would become other peers: start with the same seed, or take another data folder");
            if (HasKeys()) throw new DataFault($"{folder}: this fleet's identities are kept in key files, and with a seed its nodes would become other peers: start without a seed, or take another data folder");
            PrivateFiles.CreateFolder(folder);
            PrivateFiles.WriteNew(_mark, Encoding.ASCII.GetBytes(mark.Id.ToString()));
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not DataFault)
        {
            throw new DataFault($"{_mark} cannot be read or written: {e.Message}", e);
        }
    }

    private string? ReadMark()
    {
        if (!File.Exists(_mark)) return null;
        using var file = new FileStream(_mark, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var buffer = new byte[MaxMarkBytes];
        return Encoding.ASCII.GetString(buffer, 0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)).Trim();
    }

    private bool HasKeys() => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*" + Suffix).Any();

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

        return text.Append(Suffix).ToString();
    }
}
