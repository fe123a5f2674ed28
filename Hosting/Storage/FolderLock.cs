using System.Globalization;

namespace IppanFleet.Hosting.Storage;

/// <summary>Keeps a data folder for this process alone. The kernel gives it up when the process ends, however it ends.</summary>
internal sealed class FolderLock : IDisposable
{
    private const string LockName = "fleet.lock";
    private const string OwnerName = "fleet.pid";

    /// <summary>EWOULDBLOCK of Linux: somebody else has the lock.</summary>
    private const int WouldBlock = 11;

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Takes the folder.</summary>
    /// <exception cref="DataFault">Another process has it, or it cannot be written.</exception>
    internal static FolderLock Take(string folder)
    {
        try
        {
            var file = new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // The process id is in a file of its own: what is locked cannot be read by others.
            File.WriteAllText(Path.Combine(folder, OwnerName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new FolderLock(file);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new DataFault($"{folder} is in use by another silo (process {OwnerOf(folder)}): stop that one, or take another folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFault($"{folder} cannot be written: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string OwnerOf(string folder)
    {
        try
        {
            return int.TryParse(File.ReadAllText(Path.Combine(folder, OwnerName)), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id.ToString(CultureInfo.InvariantCulture) : "unknown";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
