package org

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/brianvoe/gofakeit/v6"

	"github.com/legworkhq/legwork/sim/pbx"
)

// New makes up a company: its users, then queues, menus, a paging group (if there are
// two users to page) and park locations. The first menu has the company's main number;
// every second queue has a number of its own, and four users in five, as far as the
// fictional numbers of North America go. Overflow never leads back to the same queue.
// The error is a *ConfigError.
func New(c Config) (*pbx.Company, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	b := newBuilder(c)
	b.users()
	b.queues()
	b.menus()
	b.paging()
	b.locations()
	return &b.company, nil
}

// builder makes one company.
type builder struct {
	Config
	r       *rand.Rand
	f       *gofakeit.Faker
	ids     ids
	directs *pool
	mobiles *pool
	shorts  []string // extension numbers: of users, queues, menus, the paging group
	company pbx.Company
}

func newBuilder(c Config) *builder {
	r := stream(c.Seed, streamCompany)
	b := &builder{Config: c, r: r, f: faker(r), ids: newIDs(r)}
	b.directs, b.mobiles = newPool(r, directLines), newPool(r, mobileLines)
	b.shorts = shortNumbers(c.Size + c.Queues + c.Menus + 1)
	b.company = pbx.Company{Name: c.Name, Account: b.ids.account, Number: b.directs.next()}
	if c.Name == "" {
		b.company.Name = firm(b.f)
	}
	b.company.Extensions = make([]pbx.Extension, 0, len(b.shorts)+c.Locations)
	return b
}

func (b *builder) user(i int) string  { return b.shorts[i] }
func (b *builder) queue(i int) string { return b.shorts[b.Size+i] }
func (b *builder) menu(i int) string  { return b.shorts[b.Size+b.Queues+i] }

func (b *builder) add(e pbx.Extension) {
	e.ID = b.ids.extension(b.r)
	b.company.Extensions = append(b.company.Extensions, e)
}

// users gives the numbers that there are to users chosen evenly.
func (b *builder) users() {
	direct := choice{of: b.Size, want: min(groups(4*b.Size, 5), b.directs.left()-groups(b.Queues, 2))}
	mobile := choice{of: b.Size, want: min(b.Size/2, b.mobiles.left())}
	for i := range b.Size {
		e := pbx.Extension{Number: b.user(i), Name: b.f.Name(), Kind: pbx.User}
		if direct.next(b.r) {
			e.Direct = b.directs.next()
		}
		if mobile.next(b.r) {
			e.Mobile = b.mobiles.next()
		}
		e.Device = b.ids.device(b.r)
		e.RingFor = seconds(5 * between(b.r, 4, 6))
		e.Mailbox = percent(b.r, 90)
		b.add(e)
	}
}

func (b *builder) paging() {
	if b.Size > 1 {
		number := b.shorts[len(b.shorts)-1]
		b.add(pbx.Extension{Number: number, Name: "Paging Group", Kind: pbx.Paging, Agents: b.team()})
	}
}

func (b *builder) locations() {
	for i := range b.Locations {
		name := fmt.Sprintf("Park Location %d", i+1)
		b.add(pbx.Extension{Number: fmt.Sprint(801 + i), Name: name, Kind: pbx.ParkLocation})
	}
}

// choice takes want of the next so many, each as likely as the others.
type choice struct{ of, want int }

func (c *choice) next(r *rand.Rand) bool {
	taken := below(r, c.of) < c.want
	c.of--
	if taken {
		c.want--
	}
	return taken
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
