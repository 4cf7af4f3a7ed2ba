package cluster

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"github.com/klauspost/compress/s2"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/ingest"
	"github.com/legworkhq/legwork/server/store"
)

// A bundle is one message of the stream with several notifications of a partition, in
// order, compressed together: what a message costs NATS hardly depends on how many are in
// it, and each of its bytes is copied, hashed and written by every server. A notification
// that is alone is a message as it always was.
const (
	bundleEntries = 64        // at most
	bundleBytes   = 256 << 10 // of bodies, unless one is larger, which is alone then
	maxUnpacked   = 1 << 20   // more is no bundle
)

// readsBundles is what a node says of itself, in Member.Reads, that understands bundles.
const readsBundles = 3

// bundleMark begins the last token of the subject of bundles, where that of a notification
// has its tenant: nodes that know none stop there, rather than take one for what it is not.
// Those of plainMark are not compressed: nodes that say 2 of themselves wrote them.
const (
	bundleMark = "s"
	plainMark  = "b"
)

// bundleTokens are the last tokens of the bundles of each of n partitions: the first with
// the mark that is mapped to it.
func bundleTokens(n int) []string {
	out := make([]string, n)
	for i, left := 0, n; left > 0; i++ {
		token := bundleMark + strconv.Itoa(i)
		if p := Partition(token, n); out[p] == "" {
			out[p] = token
			left--
		}
	}
	return out
}

// isBundle tells it from the subject under which the stream keeps a message.
func isBundle(subject string) (bundle, plain bool) {
	token := subject[strings.LastIndexByte(subject, '.')+1:]
	plain = strings.HasPrefix(token, plainMark)
	return plain || strings.HasPrefix(token, bundleMark), plain
}

// pack compresses a bundle, as one block of S2.
func pack(bundle []byte) []byte { return s2.Encode(nil, bundle) }

// unpack is what pack packed.
func unpack(data []byte) ([]byte, error) {
	if size, err := s2.DecodedLen(data); err != nil || size > maxUnpacked {
		return nil, errBundle
	}
	data, err := s2.Decode(nil, data)
	if err != nil {
		return nil, errBundle
	}
	return data, nil
}

// bundles puts those of one partition together, each in their order.
func bundles(entries []store.Entry, partitionOf func(tenant int64) int) [][]store.Entry {
	var out [][]store.Entry
	open := map[int]int{} // partitions: of which of out
	sizes := []int{}
	for _, e := range entries {
		p := partitionOf(e.Tenant)
		i, ok := open[p]
		if !ok || len(out[i]) == bundleEntries || sizes[i]+len(e.Body) > bundleBytes {
			i = len(out)
			out, sizes, open[p] = append(out, nil), append(sizes, 0), i
		}
		out[i], sizes[i] = append(out[i], e), sizes[i]+len(e.Body)
	}
	return out
}

// appendBundle writes entries: of each the tenant, when it was received in milliseconds
// since 1970, and the length of its body as uvarints, then the body.
func appendBundle(dst []byte, entries []store.Entry) []byte {
	for i := range entries {
		e := &entries[i]
		for _, n := range []uint64{uint64(e.Tenant), uint64(e.Received), uint64(len(e.Body))} {
			dst = binary.AppendUvarint(dst, n)
		}
		dst = append(dst, e.Body...)
	}
	return dst
}

var errBundle = errors.New("a message of the stream is damaged: it is no bundle of notifications")

// readBundle takes a bundle apart.
func readBundle(data []byte) (out []ingest.Taken, err error) {
	for len(data) > 0 {
		if len(out) == bundleEntries {
			return nil, errBundle
		}
		var fields [3]uint64
		for i := range fields {
			n, size := binary.Uvarint(data)
			if size <= 0 {
				return nil, errBundle
			}
			fields[i], data = n, data[size:]
		}
		length := fields[2]
		if length > uint64(len(data)) {
			return nil, errBundle
		}
		var t ingest.Taken
		t.Entry, t.Event = ingest.Entry(int64(fields[0]), data[:length:length])
		t.Arrived = call.Time(fields[1])
		out, data = append(out, t), data[length:]
	}
	return out, nil
}
