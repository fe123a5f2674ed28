using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace IppanFleet.Ippan.Json;

/// <summary>Reads one value of a type.</summary>
internal delegate bool JsonRead<T>(ref JsonCursor json, [MaybeNullWhen(false)] out T value);

internal ref partial struct JsonCursor
{
    /// <summary>Starts a struct: an object, or an array of its fields in order.</summary>
    public bool BeginStruct(out FieldProgress fields)
    {
        fields = default;
        var next = Peek();
        fields.IsArray = next == '[';
        return next is '{' or '[' ? Enter() : FailExpecting("an object");
    }

    /// <summary>The next field, its value to be read by the caller; false at the end and at a failure, which <see cref="EndStruct"/> tells apart.</summary>
    public bool NextField(scoped ref FieldProgress fields, FieldNames names, out int field) =>
        fields.IsArray ? NextElementField(ref fields, names, out field) : NextNamedField(ref fields, names, out field);

    /// <summary>Whether the struct ended as it should, with every required field.</summary>
    public bool EndStruct(in FieldProgress fields, FieldNames names)
    {
        if (_fault is not null) return false;
        var missing = names.Required & ~fields.Seen;
        return missing == 0 || Fail($"the field \"{names[BitOperations.TrailingZeroCount(missing)]}\" is missing");
    }

    /// <summary>An array of anything.</summary>
    public bool ReadList<T>(JsonRead<T> read, out ValueList<T> value)
    {
        value = default;
        if (Peek() != '[') return FailExpecting("an array");
        if (!Enter()) return false;
        if (Peek() == ']')
        {
            Leave();
            return true;
        }

        var items = new List<T>();
        while (true)
        {
            if (!read(ref this, out var item)) return Within(items.Count);
            items.Add(item);
            switch (Peek())
            {
                case ',':
                    _position++;
                    break;
                case ']':
                    Leave();
                    value = ValueList.Adopt(items.ToArray());
                    return true;
                default:
                    return FailExpecting("',' or ']'");
            }
        }
    }

    public bool ReadStringList(out ValueList<string> value) => ReadList(static (ref JsonCursor json, [MaybeNullWhen(false)] out string item) => json.ReadString(out item), out value);

    public bool ReadHashList(out ValueList<Hash32> value) => ReadList(static (ref JsonCursor json, out Hash32 item) => json.ReadHash(out item), out value);

    public bool ReadOptionalString(out string? value)
    {
        value = null;
        return Peek() == 'n' ? ReadLiteral("null"u8) : ReadString(out value);
    }

    public bool ReadOptionalUInt64(out ulong? value)
    {
        value = null;
        if (Peek() == 'n') return ReadLiteral("null"u8);
        if (!ReadUInt64(out var number)) return false;
        value = number;
        return true;
    }

    /// <summary>An object of texts, in any order; the last of equal keys wins.</summary>
    public bool ReadTextMap(out TextMap value)
    {
        value = TextMap.Empty;
        if (Peek() != '{') return FailExpecting("an object");
        if (!Enter()) return false;
        if (Peek() == '}')
        {
            Leave();
            return true;
        }

        var entries = new List<TextEntry>();
        while (true)
        {
            if (!ReadString(out var key) || !ReadMark(':')) return false;
            if (!ReadString(out var text)) return false;
            entries.Add(new TextEntry(key, text));
            switch (Peek())
            {
                case ',':
                    _position++;
                    break;
                case '}':
                    Leave();
                    value = TextMap.Create(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(entries));
                    return true;
                default:
                    return FailExpecting("',' or '}'");
            }
        }
    }

    /// <summary>A variant without content: its name, or an object of that name and null.</summary>
    public bool ReadUnitVariant(FieldNames names, out int variant)
    {
        variant = -1;
        if (Peek() != '{') return ReadVariantName(names, out variant);
        return Enter()
            && ReadVariantName(names, out variant)
            && ReadMark(':')
            && (Peek() == 'n' ? ReadLiteral("null"u8) : FailExpecting("null"))
            && ReadVariantEnd();
    }

    /// <summary>A variant with content: an object of exactly one key, whose value the caller reads before <see cref="ReadVariantEnd"/>.</summary>
    public bool BeginVariant(FieldNames names, out int variant)
    {
        variant = -1;
        if (Peek() != '{') return FailExpecting("an object with one key");
        return Enter() && ReadVariantName(names, out variant) && ReadMark(':');
    }

    public bool ReadVariantEnd()
    {
        if (Peek() != '}') return FailExpecting("'}'");
        Leave();
        return true;
    }

    public bool ReadVariantName(FieldNames names, out int variant)
    {
        variant = -1;
        if (Peek() != '"') return FailExpecting($"one of {names}");
        var start = _position;
        if (!ReadName(names, 0, out variant)) return false;
        if (variant >= 0) return true;
        _position = start;
        return Fail($"expected one of {names}, found another name");
    }

    private bool NextElementField(scoped ref FieldProgress fields, FieldNames names, out int field)
    {
        field = fields.Next;
        var next = Peek();
        if (next == ']')
        {
            Leave();
            return false;
        }

        if (field == names.Count) return FailExpecting("']'");
        if (field > 0 && !ReadMark(',')) return false;
        fields.Seen |= 1u << field;
        fields.Next++;
        return true;
    }

    private bool NextNamedField(scoped ref FieldProgress fields, FieldNames names, out int field)
    {
        while (true)
        {
            field = -1;
            if (Peek() == '}')
            {
                Leave();
                return false;
            }

            if (fields.Started && !ReadMark(',')) return false;
            fields.Started = true;
            var start = _position;
            if (!ReadName(names, fields.Next, out field) || !ReadMark(':')) return false;
            if (field < 0)
            {
                if (!SkipValue()) return false;
                continue;
            }

            fields.Next = field + 1;
            var bit = 1u << field;
            if ((fields.Seen & bit) == 0)
            {
                fields.Seen |= bit;
                return true;
            }

            _position = start;
            return Fail($"the field \"{names[field]}\" occurs twice");
        }
    }

    /// <summary>Reads a key and looks it up: -1 when it is none of the names.</summary>
    private bool ReadName(FieldNames names, int expected, out int index)
    {
        index = -1;
        if (!ScanString(out var raw, out var escaped)) return false;
        if (escaped)
        {
            var unescaped = new byte[raw.Length];
            raw = unescaped.AsSpan(0, Unescape(raw, unescaped));
        }

        index = names.Find(raw, expected);
        return true;
    }
}
