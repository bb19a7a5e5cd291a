using System.Numerics;

namespace RnnSharp.Serving;

/// <summary>A call for a session that the server's loop runs: either steps or something else, such as saving.</summary>
internal abstract class Work<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Session<T> Session { get; protected set; } = null!;

    /// <summary>Starts the work, if it has not been cancelled; then it can no longer be.</summary>
    public abstract bool TryBegin();

    /// <summary>Ends the work without a result. It may have begun or not.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Gives up a work that the loop never got.</summary>
    public virtual void Discard()
    {
    }

    /// <summary>Tells that the loop has no further use for the work.</summary>
    public virtual void Release()
    {
    }
}
