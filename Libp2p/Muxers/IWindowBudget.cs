namespace IppanFleet.Libp2p.Muxers;

/// <summary>Who is asked before a receive window grows beyond what every stream has: a remote may fill it, so it counts as memory in use.</summary>
public interface IWindowBudget
{
    /// <summary>Whether windows may grow by <paramref name="bytes"/> more; then they count until they are given back.</summary>
    bool TryGrow(long bytes);

    /// <summary>Gives back what <see cref="TryGrow"/> granted, or a part of it.</summary>
    void Release(long bytes);
}
