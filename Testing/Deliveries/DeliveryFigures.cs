namespace IppanFleet.Testing;

/// <summary>What became of all that a fleet published so far.</summary>
/// <param name="Published">Messages; without those that died with their publisher.</param>
/// <param name="Died">Messages whose publisher went down before anybody had them.</param>
/// <param name="Expected">Arrivals that were to come: one at each eligible node that did not go down before.</param>
/// <param name="Delivered">Arrivals that came.</param>
public sealed record DeliveryFigures(long Published, long Died, long Expected, long Delivered)
{
    /// <summary>What came of what was to come; 1 when nothing was.</summary>
    public double Ratio => Expected == 0 ? 1 : (double)Delivered / Expected;

    /// <inheritdoc/>
    public override string ToString() => $"{Delivered} of {Expected} arrivals of {Published} messages ({100 * Ratio:0.###} %){(Died > 0 ? $"; {Died} died with their publisher" : "")}";
}
