package org

import (
	"fmt"
	"math/rand/v2"

	"github.com/brianvoe/gofakeit/v6"
)

// Person is somebody outside the company.
type Person struct {
	// Name as the caller id shows it: of a person, now and then of a firm.
	Name string
	// Number is E.164, in a range kept for fiction, and never a number of a company.
	Number string
	// Withheld says that the person calls without showing Number and Name.
	Withheld bool
}

// Outside makes up a person: most are of the United States, one in twelve lives in Great
// Britain, Australia or France; one in twenty withholds the number.
func Outside(r *rand.Rand) Person {
	f := faker(r)
	p := Person{Name: f.Name(), Number: outsideNumber(r), Withheld: percent(r, 5)}
	if percent(r, 10) {
		p.Name = firm(f)
	}
	return p
}

func outsideNumber(r *rand.Rand) string {
	if percent(r, 92) {
		return american(pick(r, areas), between(r, outsideLines.first, outsideLines.last))
	}
	f := pick(r, foreign)
	last := 1
	for range f.digits {
		last *= 10
	}
	return fmt.Sprintf("%s%0*d", f.prefix, f.digits, below(r, last))
}

// firm makes up the name of a firm. gofakeit.Company would name real ones.
func firm(f *gofakeit.Faker) string { return f.LastName() + " " + f.CompanySuffix() }
