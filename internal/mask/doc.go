// Package mask makes a capture that may be shown to others out of one that may not:
// numbers, names and ids are replaced, everything that the engine concludes from
// stays.
//
// The law of the package: the calls of a masked capture are the masked calls of the
// capture, byte for byte in their canonical JSON.
//
//	Survey  reads every event once: what is in it, and what is not known
//	Masker  replaces: events, and calls for the law
//
// A replacement depends on a key and on the value, so that equal values stay equal,
// also in another capture that is masked with the same key. Without the key nothing
// leads back. What has a room of its own (ids, extension numbers) is permuted in it, so
// that two values cannot become one; what has not (telephone numbers, names) is drawn,
// and drawn again where two meet.
//
// Nothing is passed on because it is not known: an unknown member, a value of a shape
// that the field is not known to have, a record that cannot be read is a Strange, and a
// Survey with one of those makes no Masker.
package mask
