package org

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The fictional numbers of North America: NANPA keeps 555-0100 to 555-0199 of every
// area code. Their last three digits are shared out so that nobody's number is another's:
// companies have direct numbers and mobiles, and what Outside gives is neither.
var (
	directLines  = lines{100, 139}
	mobileLines  = lines{140, 159}
	outsideLines = lines{160, 199}
)

type lines struct{ first, last int }

func (l lines) size() int { return l.last - l.first + 1 }

// areas are area codes of the United States.
var areas = strings.Fields(`
201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 220 224 225
228 229 231 234 239 240 248 251 252 253 254 256 260 262 267 269 270 272 276 281
301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323
325 330 331 334 336 337 339 346 347 351 352 360 361 364 385 386
401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 424 425 430 432
434 435 440 442 443 458 469 470 475 478 479 480 484
501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 531 534 539
540 541 551 559 561 562 563 567 570 571 573 574 575 580 585 586
601 602 603 605 606 607 608 609 610 612 614 615 616 617 618 619 620 623 626 628
629 630 631 636 641 646 650 651 657 660 661 662 667 669 678 681 682
701 702 703 704 706 707 708 712 713 714 715 716 717 718 719 720 724 725 727 730
731 732 734 737 740 747 754 757 760 762 763 765 769 770 772 773 774 775 779 781
785 786
801 802 803 804 805 806 808 810 812 813 814 815 816 817 818 828 830 831 832 843
845 847 848 850 854 856 857 858 859 860 862 863 864 865 870 872 878
901 903 904 906 907 908 909 910 912 913 914 915 916 917 918 919 920 925 928 929
930 931 936 937 938 940 941 947 949 951 952 954 956 959 970 971 972 973 978 979
980 984 985 989
`)

func american(area string, line int) string { return fmt.Sprintf("+1%s5550%03d", area, line) }

// foreign are ranges for fiction elsewhere: a prefix and how many digits follow.
var foreign = []struct {
	prefix string
	digits int
}{
	{"+442079460", 3}, // Ofcom, London: 020 7946 0000 to 0999
	{"+447700900", 3}, // Ofcom, mobile: 07700 900000 to 900999
	{"+6125550", 4},   // ACMA, central east: (02) 5550 0000 to 9999
	{"+3319900", 4},   // ARCEP, Paris: 01 99 00 00 00 to 99 99
}

// pool hands out the numbers of a company, each once, area by area, as blocks of direct
// numbers are sold.
type pool struct {
	areas []string
	lines lines
	used  int
}

func newPool(r *rand.Rand, l lines) *pool {
	shuffled := append([]string(nil), areas...)
	for i := len(shuffled) - 1; i > 0; i-- {
		j := below(r, i+1)
		shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
	}
	return &pool{areas: shuffled, lines: l}
}

func (p *pool) left() int { return len(p.areas)*p.lines.size() - p.used }

// next is "" when all numbers are given away.
func (p *pool) next() string {
	if p.left() == 0 {
		return ""
	}
	area, line := p.areas[p.used/p.lines.size()], p.lines.first+p.used%p.lines.size()
	p.used++
	return american(area, line)
}
