package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
)

// The ids of real notifications and of RingCentral's samples, one a grammar.
const (
	session2022 = "s-a0d1793285c1az18b67acb764z80c1d0000" // [observed] 2023-10-25
	tail2022    = "a0d1793285c1az18b67acb764z80c1d0000"
	session2019 = "s-f9badb80011344259059d6894a30ace2"           // [observed] 2020-06-23
	session2018 = "Y3MxNzE4NDE5MDM0MzQwMTgzODRAMTAuNjIuMjUuMTEx" // [documented] 2018-06-05
)

func TestParseID(t *testing.T) {
	created := wire.SessionStart(session2022)
	require.Equal(t, "2023-10-25T16:30:54.308Z", created.String())
	for id, want := range map[string]wire.ID{
		session2022:                    {Grammar: wire.Grammar2022, Tail: tail2022, Server: "10.13.23.147", Created: created},
		"p-" + tail2022 + "-3":         {Grammar: wire.Grammar2022, Tail: tail2022, Server: "10.13.23.147", Created: created, Party: 3},
		session2019:                    {Grammar: wire.Grammar2019, Tail: session2019[2:]},
		"p-" + session2019[2:] + "-12": {Grammar: wire.Grammar2019, Tail: session2019[2:], Party: 12},
		session2018:                    {Grammar: wire.Grammar2018, Tail: "cs171841903434018384", Server: "10.62.25.111"},
		"cs171841903434018384-2":       {Grammar: wire.Grammar2018, Tail: "cs171841903434018384", Party: 2},

		"":                                      {},
		"s-":                                    {},
		"s-1":                                   {Tail: "1"},
		"p-1":                                   {Tail: "1"},
		"p-1-2":                                 {Tail: "1", Party: 2},
		"p-x-1234567890":                        {Tail: "x-1234567890"},
		"x-y":                                   {Tail: "x-y"},
		"thing-7":                               {Tail: "thing", Party: 7},
		"429182360016":                          {Tail: "429182360016"},
		"s-zz":                                  {Tail: "zz"},
		"s-a0d1793285c1az18b67acb76gz80c1d0000": {Tail: "a0d1793285c1az18b67acb76gz80c1d0000"},
	} {
		require.Equal(t, want, wire.ParseID(id), id)
	}
}

func TestIDHelpers(t *testing.T) {
	require.Zero(t, wire.SessionStart(session2019))
	require.Zero(t, wire.SessionStart(session2018))
	require.Zero(t, wire.SessionStart("p-"+tail2022+"-1"))
	require.Zero(t, wire.SessionStart(""))
	for id, want := range map[string]int{"p-" + tail2022 + "-3": 3, "cs1-2": 2, "p-x-": 0, "-": 0, "": 0, "7": 0, "-7": 0, "x-007": 7, "x-12345678901": 0} {
		require.Equal(t, want, wire.PartyNumber(id), id)
	}
	for id, want := range map[string]bool{session2022: true, session2019: true, session2018: true, "0": false, "": false, "429182360016": false, "429182360016429182360016": false} {
		require.Equal(t, want, wire.IsTelephonySessionID(id), id)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_ = wire.SessionStart(session2022)
		_ = wire.PartyNumber("p-" + tail2022 + "-3")
	}))
}

func BenchmarkIDs(b *testing.B) {
	party := "p-" + tail2022 + "-3"
	b.ReportAllocs()
	for b.Loop() {
		if wire.SessionStart(session2022) == 0 || wire.PartyNumber(party) != 3 {
			b.Fatal()
		}
	}
}
