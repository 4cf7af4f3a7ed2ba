package pbx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/sim/dialect"
)

// failures are the reasons with which a call to an outside number fails.
var failures = []wire.Reason{wire.ReasonInvalidNumber, wire.ReasonInternationalDisabled, wire.ReasonDestinationBlocked,
	wire.ReasonNotEnoughFunds, wire.ReasonNoSuchUser, wire.ReasonInternalError, wire.ReasonCallDropped}

// fails is a call to an outside number that cannot be placed: "104 fails to call
// +12125550188", for one of the reasons of the enumeration.
var fails = verb{name: "fails to call", facility: "failed", to: "an outside number", hows: texts(failures), do: func(s *Switch, m *Move) error {
	from, ok := s.x.resolve(m.Who)
	to, ok2 := s.x.resolve(m.To)
	if !ok || !ok2 || from.ext == nil || from.ext.Kind != User || to.ext != nil || m.To == Anonymous {
		return fmt.Errorf("want a user and an outside number, got %s and %s", m.Who, m.To)
	}
	why := wire.Reason(m.How)
	if why == "" {
		why = wire.ReasonInvalidNumber
	}
	if !slices.Contains(failures, why) {
		return errors.New("no such reason")
	}
	who := s.someone(from)
	if err := s.free(who); err != nil {
		return err
	}
	s.failing(who, to, why)
	return nil
}}

func texts(rs []wire.Reason) (out []string) {
	for _, r := range rs {
		out = append(out, string(r))
	}
	return out
}

func (s *Switch) failing(who *person, to dest, why wire.Reason) {
	t := s.session(wire.OriginCall)
	t.dialled, t.originator = to.number, who
	s.pass(20, 60)
	p := s.party(t, who, wire.Outbound)
	t.originatorLeg = p
	p.from, p.fromOwner = s.shownOutside(who), who
	p.from.ExtensionID, p.from.DeviceID = who.ext.ID, who.ext.Device
	p.to = wire.Endpoint{PhoneNumber: to.number}
	t.dialledOwner = s.someone(to)
	p.toOwner = t.dialledOwner
	s.tell(p, said{code: setup})
	if s.d.Is(dialect.FailedParties, dialect.FailedBoth) {
		s.pass(20, 40)
		q := s.outside(t, to.number)
		s.pass(200, 900)
		s.ends(q, said{code: disconnected, reason: why}, call.LegFailed)
	}
	s.pass(10, 400)
	s.ends(p, said{code: disconnected, reason: why}, call.LegFailed)
}
