using IppanFleet.Hosting.Identities;
using IppanFleet.Hosting.Storage;
using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Hosting.Tests;

/// <summary>Identities that are kept.</summary>
public sealed class IdentityFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("identities");

    private string Keys => Path.Combine(_folder.FullName, "identities");

    [Fact]
    public void Identity_IsMadeOnceAndKept()
    {
        using var first = new IdentityFiles(Keys).Of("node-1");
        using var again = new IdentityFiles(Keys).Of("node-1");
        using var other = new IdentityFiles(Keys).Of("node-2");
        again.Id.ShouldBe(first.Id);
        other.Id.ShouldNotBe(first.Id);
        PeerIdentity.TryFromProtobuf(File.ReadAllBytes(Path.Combine(Keys, "node-1.key")), out var read).ShouldBeTrue();
        read!.Id.ShouldBe(first.Id);
        read.Dispose();
    }

    [Fact]
    public void File_IsForItsOwnerAlone()
    {
        new IdentityFiles(Keys).Of("node-1").Dispose();
        if (OperatingSystem.IsWindows()) Assert.Skip("file modes are Unix's");
        else File.GetUnixFileMode(Path.Combine(Keys, "node-1.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(Keys).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("A")]
    [InlineData("a/b")]
    [InlineData("_61")]
    public void Name_OfAnyKind_HasAFileOfItsOwn(string name)
    {
        var files = new IdentityFiles(Keys);
        files.Of("a").Dispose();
        files.Of(name).Dispose();
        Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories).Length.ShouldBe(2);
        Directory.GetFiles(Keys).Length.ShouldBe(2);
    }

    [Fact]
    public void DamagedFile_IsToldAndLeftAlone()
    {
        Directory.CreateDirectory(Keys);
        var path = Path.Combine(Keys, "node-1.key");
        File.WriteAllBytes(path, [8, 1, 18, 64, 1, 2, 3]);
        Should.Throw<DataFault>(() => new IdentityFiles(Keys).Of("node-1")).Message.ShouldContain("node-1.key does not hold a node's key");
        File.ReadAllBytes(path).ShouldBe([8, 1, 18, 64, 1, 2, 3]);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
