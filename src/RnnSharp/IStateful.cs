namespace RnnSharp;

/// <summary>
/// Something whose progress a checkpoint keeps: a generator, the cursor of a data source, a schedule, averaged weights. After
/// <see cref="SetState"/> it continues exactly as the object that <see cref="GetState"/> was called on.
/// </summary>
public interface IStateful
{
    /// <summary>Copies the state.</summary>
    StateDictionary GetState();

    /// <summary>Restores a state that an object of the same kind and settings returned.</summary>
    /// <exception cref="InvalidDataException">A value is missing or invalid. Nothing is changed in that case.</exception>
    void SetState(StateDictionary state);
}
