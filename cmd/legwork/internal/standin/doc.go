// Package standin stands in for what other branches deliver, so that the command
// compiles and can be tested today: wire's scanner and decoder, the engine, the
// views and the explanation. Its names and signatures are theirs.
//
// TODO(merge): delete this package, and point ../ingest/seam.go and ../../deps.go
// at recon, recon/wire, recon/view and recon/explain.
package standin
