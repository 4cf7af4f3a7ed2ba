// Package store says what the server keeps and what a database must be able to do for
// it. Package sqlite is the embedded one; storetest is what every one must pass. Package
// spool is what sqlite keeps on disk until the journal has it.
//
// There are three kinds of data. The journal is what arrived, as it arrived: it is
// written before a notification is answered and is the only truth. Calls, their keys
// and the progress of the engine follow from it and can be computed again. Tenants,
// tokens and notices are the server's own.
package store
