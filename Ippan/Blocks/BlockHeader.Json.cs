using System.Diagnostics.CodeAnalysis;
using IppanFleet.Ippan.Json;

namespace IppanFleet.Ippan;

public sealed partial record BlockHeader
{
    private static readonly FieldNames Fields = new(
        "id", "creator", "round", "hashtimer", "parent_ids", "prev_hashes?", "payload_ids", "merkle_payload", "merkle_parents",
        "tx_root?", "erasure_root?", "receipt_root?", "state_root?", "validator_sigs?", "vrf_proof?");

    internal static bool TryRead(ref JsonCursor json, [NotNullWhen(true)] out BlockHeader? value)
    {
        value = null;
        Hash32 id = default, creator = default, merklePayload = default, merkleParents = default;
        ulong round = 0;
        HashTimer? hashTimer = null;
        ValueList<Hash32> parents = default, payload = default;
        ValueList<string> previous = default, validators = default;
        string? transactionRoot = null, erasureRoot = null, receiptRoot = null, stateRoot = null;
        ValueList<byte> vrf = default;
        if (!json.BeginStruct(out var fields)) return false;
        while (json.NextField(ref fields, Fields, out var field))
        {
            var read = field switch
            {
                0 => json.ReadHash(out id),
                1 => json.ReadHash(out creator),
                2 => json.ReadUInt64(out round),
                3 => HashTimer.TryRead(ref json, out hashTimer),
                4 => json.ReadHashList(out parents),
                5 => json.ReadStringList(out previous),
                6 => json.ReadHashList(out payload),
                7 => json.ReadHash(out merklePayload),
                8 => json.ReadHash(out merkleParents),
                9 => json.ReadOptionalString(out transactionRoot),
                10 => json.ReadOptionalString(out erasureRoot),
                11 => json.ReadOptionalString(out receiptRoot),
                12 => json.ReadOptionalString(out stateRoot),
                13 => json.ReadStringList(out validators),
                _ => json.ReadByteListOrString(out vrf),
            };
            if (!read) return json.Within(Fields[field]);
        }

        if (!json.EndStruct(fields, Fields)) return false;
        value = new BlockHeader
        {
            Id = id,
            Creator = creator,
            Round = round,
            HashTimer = hashTimer!,
            ParentIds = parents,
            PreviousHashes = previous,
            PayloadIds = payload,
            MerklePayload = merklePayload,
            MerkleParents = merkleParents,
            TransactionRoot = transactionRoot,
            ErasureRoot = erasureRoot,
            ReceiptRoot = receiptRoot,
            StateRoot = stateRoot,
            ValidatorSignatures = validators,
            VrfProof = vrf,
        };
        return true;
    }

    internal void WriteTo(ref JsonText json)
    {
        json.Raw("{\"id\":"u8);
        json.Hash(Id);
        json.Raw(",\"creator\":"u8);
        json.Hash(Creator);
        json.Raw(",\"round\":"u8);
        json.Number(Round);
        json.Raw(",\"hashtimer\":"u8);
        HashTimer.WriteTo(ref json);
        json.Raw(",\"parent_ids\":"u8);
        json.Hashes(ParentIds);
        if (!PreviousHashes.IsEmpty)
        {
            json.Raw(",\"prev_hashes\":"u8);
            json.Strings(PreviousHashes);
        }

        json.Raw(",\"payload_ids\":"u8);
        json.Hashes(PayloadIds);
        json.Raw(",\"merkle_payload\":"u8);
        json.Hash(MerklePayload);
        json.Raw(",\"merkle_parents\":"u8);
        json.Hash(MerkleParents);
        WriteRoot(ref json, ",\"tx_root\":"u8, TransactionRoot);
        WriteRoot(ref json, ",\"erasure_root\":"u8, ErasureRoot);
        WriteRoot(ref json, ",\"receipt_root\":"u8, ReceiptRoot);
        WriteRoot(ref json, ",\"state_root\":"u8, StateRoot);
        if (!ValidatorSignatures.IsEmpty)
        {
            json.Raw(",\"validator_sigs\":"u8);
            json.Strings(ValidatorSignatures);
        }

        if (!VrfProof.IsEmpty)
        {
            json.Raw(",\"vrf_proof\":"u8);
            json.Bytes(VrfProof.AsSpan());
        }

        json.Raw("}"u8);
    }

    private static void WriteRoot(ref JsonText json, ReadOnlySpan<byte> key, string? root)
    {
        if (root is null) return;
        json.Raw(key);
        json.String(root);
    }
}
