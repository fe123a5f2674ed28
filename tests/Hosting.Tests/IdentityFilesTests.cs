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
        PrivateFiles.CreateFolder(Keys);
        var path = Path.Combine(Keys, "node-1.key");
        PrivateFiles.WriteNew(path, [8, 1, 18, 64, 1, 2, 3]);
        Should.Throw<DataFault>(() => new IdentityFiles(Keys).Of("node-1")).Message.ShouldContain("node-1.key does not hold a libp2p private key");
        File.ReadAllBytes(path).ShouldBe([8, 1, 18, 64, 1, 2, 3]);
    }

    [Fact]
    public void KeyThatSignsNoBlocks_IsTold()
    {
        IdentityFile.LoadOrCreate(Path.Combine(Keys, "node-1.key"), KeyType.Secp256k1).Dispose();
        Should.Throw<DataFault>(() => new IdentityFiles(Keys).Of("node-1")).Message.ShouldContain("node-1.key holds a key of type Secp256k1, and the nodes of a fleet sign blocks with Ed25519");
    }

    [Fact]
    public void FileThatOthersMayRead_IsTold()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("file modes are Unix's");
            return;
        }
        new IdentityFiles(Keys).Of("node-1").Dispose();
        File.SetUnixFileMode(Path.Combine(Keys, "node-1.key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Should.Throw<DataFault>(() => new IdentityFiles(Keys).Of("node-1")).Message.ShouldContain("node-1.key is open to others (mode 404)");
    }

    [Fact]
    public void Seed_ThatTheFolderWasBegunWith_IsTakenAgain()
    {
        new IdentityFiles(Keys).Claim(Seed(1));
        new IdentityFiles(Keys).Claim(Seed(1));
        var mark = File.ReadAllText(Directory.GetFiles(Keys).ShouldHaveSingleItem());
        PeerId.TryParse(mark, out _).ShouldBeTrue();
        mark.ShouldNotContain(Convert.ToHexString(Seed(1)), Case.Insensitive);
    }

    [Theory]
    [InlineData(1, 2, "come from another seed")]
    [InlineData(1, 0, "come from a seed, and without it")]
    [InlineData(0, 1, "are kept in key files")]
    public void Seed_ThatWouldMakeOtherPeers_IsRefused(byte first, byte then, string reason)
    {
        new IdentityFiles(Keys).Claim(Seed(first));
        if (first == 0) new IdentityFiles(Keys).Of("node-1").Dispose();
        var files = Directory.GetFiles(Keys).ToDictionary(path => path, File.ReadAllText, StringComparer.Ordinal);
        var message = Should.Throw<DataFault>(() => new IdentityFiles(Keys).Claim(Seed(then))).Message;
        message.ShouldContain(Keys);
        message.ShouldContain(reason);
        message.ShouldContain("take another data folder");
        Directory.GetFiles(Keys).ToDictionary(path => path, File.ReadAllText, StringComparer.Ordinal).ShouldBe(files);
        new IdentityFiles(Keys).Claim(Seed(first));
    }

    [Fact]
    public void NoSeed_InANewFolder_LeavesNoMark()
    {
        new IdentityFiles(Keys).Claim([]);
        Directory.Exists(Keys).ShouldBeFalse();
    }

    [Fact]
    public async Task Silo_WithASeedThatIsNotTheFolders_DoesNotStart()
    {
        await using var data = FleetData.Open(_folder.FullName);
        data.Identities!.Claim(Seed(1));
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        Should.Throw<DataFault>(() => builder.AddIppanFleet(new FleetOptions { Data = data, Seed = Seed(2) })).Message.ShouldContain("another seed");
        Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null).AddIppanFleet(new FleetOptions { Data = data, Seed = Seed(1) });
    }

    private static byte[] Seed(byte number)
    {
        var seed = new byte[16];
        seed.AsSpan().Fill(number);
        return number == 0 ? [] : seed;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
