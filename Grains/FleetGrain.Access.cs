using Microsoft.Extensions.Logging;

namespace IppanFleet.Grains;

/// <content>Bans and the allow-list: written before anybody hears of a change; silos ask each second, and are told at once.</content>
public sealed partial class FleetGrain
{
    private static readonly TimeSpan WatcherLifetime = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (IAccessObserver Observer, DateTimeOffset At)> _watchers = new(StringComparer.Ordinal);
    private Task _accessChange = Task.CompletedTask;

    private AccessList? _written;

    /// <summary>What storage has: while a change is being written, what was before it.</summary>
    private AccessList CurrentAccess => _written ??= new AccessList { Version = access.State.Version, Bans = [.. access.State.Bans], Allowed = [.. access.State.Allowed] };

    /// <inheritdoc/>
    public Task<AccessRule> Ban(AccessRule rule) => SetAsync(rule, static state => state.Bans);

    /// <inheritdoc/>
    public Task<bool> Unban(string subject) => RemoveAsync(subject, static state => state.Bans);

    /// <inheritdoc/>
    public Task<AccessRule> Allow(AccessRule rule) => SetAsync(rule, static state => state.Allowed);

    /// <inheritdoc/>
    public Task<bool> Disallow(string subject) => RemoveAsync(subject, static state => state.Allowed);

    /// <inheritdoc/>
    public async Task<AccessList> Access()
    {
        await EndExpiredAsync();
        return CurrentAccess;
    }

    /// <inheritdoc/>
    public async Task<AccessList?> WatchAccess(string silo, IAccessObserver observer, long version)
    {
        _watchers[silo] = (observer, time.GetUtcNow());
        await EndExpiredAsync();
        return CurrentAccess.Version == version ? null : CurrentAccess;
    }

    private async Task<AccessRule> SetAsync(AccessRule rule, Func<AccessState, List<AccessRule>> list)
    {
        if (!AccessSubjects.TryNormalise(rule.Subject, out var subject)) throw new ArgumentException("Expected a peer id, an IP address or a network such as 192.0.2.0/24.", nameof(rule));
        if (rule.Reason.Length > FleetKeys.MaxReason) throw new ArgumentException($"The reason has more than {FleetKeys.MaxReason} characters.", nameof(rule));
        var kept = rule with { Subject = subject, Since = time.GetUtcNow() };
        await (_accessChange = ChangeAfterAsync(_accessChange, state =>
        {
            var rules = list(state);
            var known = rules.FindIndex(known => known.Subject == subject);
            if (known < 0 && rules.Count >= FleetKeys.MaxAccessRules) throw new InvalidOperationException($"There are {FleetKeys.MaxAccessRules} entries already.");
            if (known >= 0) rules.RemoveAt(known);
            rules.Add(kept);
            return true;
        }));
        return kept;
    }

    private async Task<bool> RemoveAsync(string subject, Func<AccessState, List<AccessRule>> list)
    {
        if (!AccessSubjects.TryNormalise(subject, out var normal)) return false;
        var removed = false;
        await (_accessChange = ChangeAfterAsync(_accessChange, state => removed = list(state).RemoveAll(rule => rule.Subject == normal) > 0));
        return removed;
    }

    private Task EndExpiredAsync()
    {
        var now = time.GetUtcNow();
        if (!Array.Exists(CurrentAccess.Bans, IsOver) && !Array.Exists(CurrentAccess.Allowed, IsOver)) return Task.CompletedTask;
        return _accessChange = ChangeAfterAsync(_accessChange, state => state.Bans.RemoveAll(IsOver) + state.Allowed.RemoveAll(IsOver) > 0);

        bool IsOver(AccessRule rule) => rule.Until <= now;
    }

    /// <summary>One change after the other. What cannot be written has not happened.</summary>
    private async Task ChangeAfterAsync(Task earlier, Func<AccessState, bool> change)
    {
        await earlier.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        var before = CurrentAccess;
        if (!change(access.State)) return;
        access.State.Version++;
        try
        {
            await access.WriteStateAsync();
        }
        catch
        {
            (access.State.Version, access.State.Bans, access.State.Allowed) = (before.Version, [.. before.Bans], [.. before.Allowed]);
            throw;
        }

        _written = null;
        TellWatchers();
    }

    private void TellWatchers()
    {
        var now = time.GetUtcNow();
        foreach (var (silo, (observer, at)) in _watchers)
        {
            if (now - at > WatcherLifetime) _watchers.Remove(silo);
            else _ = TellAsync(silo, observer);
        }
    }

    /// <summary>Nobody waits for a silo here: one that did not hear of it asks within a second.</summary>
    private async Task TellAsync(string silo, IAccessObserver observer)
    {
        try
        {
            await observer.Changed(CurrentAccess);
        }
        catch (Exception e)
        {
            LogNotTold(silo, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Silo} was not told of changed bans: {Reason}")]
    private partial void LogNotTold(string silo, string reason);
}
