namespace IppanFleet.Libp2p.Protocols.GossipSub;

/// <summary>What is held against a peer.</summary>
/// <param name="Penalty">The sum of its misbehaviour, decaying with each heartbeat.</param>
/// <param name="IsTrusted">Whether it may still be in a mesh (<see cref="GossipSubOptions.MaxPenalty"/>).</param>
/// <param name="IsGraylisted">Whether its messages are not looked at (<see cref="GossipSubOptions.GraylistPenalty"/>).</param>
public readonly record struct PeerConduct(double Penalty, bool IsTrusted, bool IsGraylisted);
