// Package ingest turns files of notifications into calls, fast and in a fixed
// amount of memory.
//
//	sources -> reader -> batches -> decoders -> in input order -> engine -> emit
//
// One goroutine cuts the sources into records and copies them into batches, one
// decoder per processor decodes whole batches, and the goroutine that called Read
// takes the batches up again in the order of the input. A fixed number of batches
// circulates, so memory does not grow with the input and a slow end slows the
// reader down.
//
// Everything that is decided is decided in the order of the input and with times
// taken from the events: two runs over the same bytes print the same.
package ingest
