using System.Runtime.InteropServices;

namespace IppanFleet.Libp2p.Identity;

/// <summary>Folders and files that nobody but their owner can read, and that are on the disk when a call has returned.</summary>
public static partial class PrivateFiles
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>O_RDONLY | O_CLOEXEC of Linux.</summary>
    private const int ReadOnly = 0x80000;

    /// <summary>EINVAL of Linux: this file system has nothing to flush for a folder.</summary>
    private const int NothingToFlush = 22;

    /// <summary>Makes the folder, and those above it, unless it is there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void CreateFolder(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(path)) return;
        var parent = Path.GetDirectoryName(path);
        if (parent is not null) CreateFolder(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, Owner | UnixFileMode.UserExecute);
        if (parent is not null) FlushFolder(parent);
    }

    /// <summary>Writes a file that is not there yet: afterwards it is there with all of its content, or not at all, even when the power fails.</summary>
    /// <exception cref="IOException">It is there already, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        path = Path.GetFullPath(path);
        // A name of its own: two processes that make the same file do not write into each other's draft.
        var draft = $"{path}.{Path.GetRandomFileName()}.new";
        try
        {
            using (var file = Create(draft))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: false);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Whether anybody but the owner may read, write or run an open file, and its mode in octal.</summary>
    internal static bool IsOpenToOthers(FileStream file, out string mode)
    {
        mode = "";
        if (OperatingSystem.IsWindows()) return false;
        var bits = File.GetUnixFileMode(file.SafeFileHandle);
        mode = Convert.ToString((int)bits, 8);
        return (bits & ~(Owner | UnixFileMode.UserExecute)) != UnixFileMode.None;
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Owner;
        return new FileStream(path, options);
    }

    /// <summary>A new name is on the disk only once its folder is (fsync(2)); the BCL opens no folders.</summary>
    private static void FlushFolder(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        var folder = Open(path, ReadOnly);
        // A folder that may be written to and not read cannot be opened for this: what its owner wanted goes first.
        if (folder < 0) return;
        var error = Flush(folder) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(folder);
        if (error is not (0 or NothingToFlush)) throw new IOException($"{path} could not be flushed to the disk: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);
}
