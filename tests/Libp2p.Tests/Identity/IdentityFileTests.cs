using IppanFleet.Libp2p.Identity;

namespace IppanFleet.Libp2p.Tests.Identity;

[Trait("area", "libp2p")]
public sealed class IdentityFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("identity");

    private string Key => Path.Combine(_folder.FullName, "deep", "folder", "node.key");

    public static TheoryData<KeyType> Types => [KeyType.Ed25519, KeyType.Rsa, KeyType.Secp256k1, KeyType.Ecdsa];

    [Theory]
    [MemberData(nameof(Types))]
    public void Absent_IsMadeAndKept(KeyType type)
    {
        using var first = IdentityFile.LoadOrCreate(Key, type);
        using var again = IdentityFile.LoadOrCreate(Key);
        using var loaded = IdentityFile.Load(Key);
        first.PublicKey.Type.ShouldBe(type);
        again.Id.ShouldBe(first.Id);
        loaded.Id.ShouldBe(first.Id);
        File.ReadAllBytes(Key).ShouldBe(first.ToProtobuf());
        Directory.GetFiles(Path.GetDirectoryName(Key)!).ShouldHaveSingleItem();
    }

    [Fact]
    public void Made_IsForItsOwnerAlone()
    {
        IdentityFile.LoadOrCreate(Key).Dispose();
        if (OperatingSystem.IsWindows()) Assert.Skip("file modes are Unix's");
        else
        {
            File.GetUnixFileMode(Key).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(Path.GetDirectoryName(Key)!).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData("640")]
    [InlineData("604")]
    [InlineData("620")]
    [InlineData("777")]
    public void OpenToOthers_IsRefused(string mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("file modes are Unix's");
            return;
        }
        IdentityFile.LoadOrCreate(Key).Dispose();
        File.SetUnixFileMode(Key, (UnixFileMode)Convert.ToInt32(mode, 8));
        var message = Should.Throw<IdentityFileException>(() => IdentityFile.LoadOrCreate(Key)).Message;
        message.ShouldContain(Key);
        message.ShouldContain($"mode {mode}");
        message.ShouldContain("give it mode 600");
        File.SetUnixFileMode(Key, UnixFileMode.UserRead);
        IdentityFile.LoadOrCreate(Key).Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("08011240010203")]
    [InlineData("2d2d2d2d2d424547494e")]
    public void Damaged_IsRefusedAndLeftAlone(string content)
    {
        Write(Convert.FromHexString(content));
        var message = Should.Throw<IdentityFileException>(() => IdentityFile.LoadOrCreate(Key)).Message;
        message.ShouldContain($"{Key} does not hold a libp2p private key");
        message.ShouldContain("restore it from a copy");
        File.ReadAllBytes(Key).ShouldBe(Convert.FromHexString(content));
    }

    [Fact]
    public void LargerThanAnyKey_IsRefused()
    {
        Write(new byte[20_000]);
        Should.Throw<IdentityFileException>(() => IdentityFile.Load(Key)).Message.ShouldContain("does not hold");
    }

    [Fact]
    public void Load_OfNothing_IsToldAndMakesNothing()
    {
        Should.Throw<IdentityFileException>(() => IdentityFile.Load(Key)).Message.ShouldContain($"{Key} cannot be read");
        File.Exists(Key).ShouldBeFalse();
    }

    [Theory]
    [InlineData("/proc/none/node.key")]
    [InlineData("/proc")]
    public void PlaceThatCannotBeWritten_IsTold(string path) => Should.Throw<IdentityFileException>(() => IdentityFile.LoadOrCreate(path)).Message.ShouldContain($"{path} cannot be written");

    [Fact]
    public void MadeByManyAtOnce_IsOneIdentity()
    {
        PrivateFiles.CreateFolder(Path.GetDirectoryName(Key)!);
        var ids = new PeerId[16];
        Parallel.For(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = ids.Length }, i =>
        {
            using var identity = IdentityFile.LoadOrCreate(Key);
            ids[i] = identity.Id;
        });
        ids.Distinct().ShouldHaveSingleItem();
        Directory.GetFiles(Path.GetDirectoryName(Key)!).ShouldHaveSingleItem();
    }

    [Fact]
    public void WriteNew_OverAFile_LeavesItAndNoDraft()
    {
        Write([1]);
        Should.Throw<IOException>(() => PrivateFiles.WriteNew(Key, [2]));
        File.ReadAllBytes(Key).ShouldBe([1]);
        Directory.GetFiles(Path.GetDirectoryName(Key)!).ShouldHaveSingleItem();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(byte[] content)
    {
        PrivateFiles.CreateFolder(Path.GetDirectoryName(Key)!);
        PrivateFiles.WriteNew(Key, content);
    }
}
