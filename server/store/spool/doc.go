// Package spool keeps records on disk for the short time until a database has them: what
// must be durable now and may be put in order later.
//
// A spool is two files that are written in turn, over and over, so that they need not grow:
// a sync of a file that grows takes longer. Each begins with a header and holds frames, and
// each frame has a number, one more than that of the frame before it. The database says up
// to which number it has them (Done), and notes that number beside what it took, so that a
// frame is never taken twice, whatever is left in the files.
//
//	header  "LGWKSPL1", owner, number of the first frame, salt, checksum; again at byte 4096
//	frame   length, checksum, number xor salt, record
//
// Numbers are little endian; checksums are CRC-32C, that of a frame over the salt, its number
// as it stands there, and its record. The salt is random and new with every turn, so that
// neither a frame of an earlier turn nor a record that somebody has made to look like frames
// can be taken for one. A frame that is not whole ends its file: whoever wrote it was not told
// that it is on disk. Unless a later frame is whole, for that was written after the sync of
// the first: then the disk has lost something, and Open says so.
package spool
