package sluice_test

import (
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/pyval"
)

func TestLevelNames(t *testing.T) {
	var n sluice.LevelNames
	check := func(l sluice.Level, name string, back sluice.Level) {
		t.Helper()
		if got := n.Name(l); got != name {
			t.Errorf("Name(%d) is %q, want %q", int(l), got, name)
		}
		if got, err := n.Parse(name); err != nil || got != back {
			t.Errorf("Parse(%q) is %d, %v, want %d", name, int(got), err, int(back))
		}
	}
	check(20, "INFO", 20)
	check(0, "NOTSET", 0)
	for alias, want := range map[string]sluice.Level{"FATAL": 50, "WARN": 30} {
		if got, err := n.Parse(alias); err != nil || got != want {
			t.Errorf("the alias %s is %d, %v, want %d", alias, int(got), err, int(want))
		}
	}
	if got := n.Name(25); got != "Level 25" {
		t.Errorf("Name(25) is %q", got)
	}

	n.Add(25, "NOTICE")
	check(25, "NOTICE", 25)
	n.Add(20, "")
	check(20, "", 20)
	check(0, "NOTSET", 0)
	if got, _ := n.Parse("INFO"); got != 20 {
		t.Errorf("INFO is %d after 20 got another name, want 20", int(got))
	}
	n.Add(15, "DEBUG")
	check(15, "DEBUG", 15)
	check(10, "DEBUG", 15)
}

func TestLevelNamesBelongToOneTable(t *testing.T) {
	var a, b sluice.LevelNames
	a.Add(25, "NOTICE")
	if got := b.Name(25); got != "Level 25" {
		t.Errorf("a name given to one table shows in another one: %q", got)
	}
}

func TestLevelNamesMapping(t *testing.T) {
	var n sluice.LevelNames
	first := n.Mapping()
	first["INFO"] = 99
	if second := n.Mapping(); second["INFO"] != 20 || len(second) != 8 {
		t.Errorf("the mapping is %v after a copy of it was changed", second)
	}
	n.Add(25, "NOTICE")
	want := maps.Clone(first)
	want["INFO"], want["NOTICE"] = 20, 25
	if got := n.Mapping(); !maps.Equal(got, want) {
		t.Errorf("mapping %v, want %v", got, want)
	}
}

func TestLevelNamesCheck(t *testing.T) {
	var n sluice.LevelNames
	n.Add(25, "10")
	for _, c := range []struct {
		v    any
		want sluice.Level
		err  string
	}{
		{int64(-10), -10, ""},
		{int64(1) << 30, 1 << 30, ""},
		{true, 1, ""},
		{false, 0, ""},
		{"10", 25, ""},
		{"WARN", 30, ""},
		{"info", 0, "unknown level: 'info'"},
		{"", 0, "unknown level: ''"},
		{10.0, 0, "level not an integer or a valid string: 10.0"},
		{nil, 0, "level not an integer or a valid string: None"},
		{&pyval.List{Items: []any{int64(10)}}, 0, "level not an integer or a valid string: [10]"},
		{new(big.Int).Lsh(big.NewInt(1), 64), 0, "level out of range: 18446744073709551616"},
	} {
		got, err := n.Check(c.v)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("Check(%v) is %d, %v, want %d, %s", c.v, int(got), err, int(c.want), c.err)
		}
	}
}

func TestLevelNamesConcurrentUse(t *testing.T) {
	var n sluice.LevelNames
	var wg sync.WaitGroup
	const goroutines, each = 4, 100
	for g := range goroutines {
		wg.Go(func() {
			for i := range each {
				l := sluice.Level(100 + g*each + i)
				n.Add(l, fmt.Sprint("L", int(l)))
				if got := n.Name(l); !strings.HasPrefix(got, "L") || strings.HasPrefix(got, "Level") {
					t.Errorf("Name(%d) is %q after Add", int(l), got)
				}
				n.Mapping()
			}
		})
	}
	wg.Wait()
	if got := len(n.Mapping()); got != 8+goroutines*each {
		t.Errorf("%d names, want %d", got, 8+goroutines*each)
	}
}

func TestLevelVar(t *testing.T) {
	var v sluice.LevelVar
	h := sluice.NewHandler(&sluice.Null{}, &sluice.HandlerOptions{Level: &v})
	if !h.Admits(0) || h.Admits(-1) {
		t.Error("the zero LevelVar does not admit exactly NotSet and above")
	}
	v.Set(21)
	if h.Admits(20) || !h.Admits(21) {
		t.Error("a LevelVar at 21 does not admit exactly 21 and above")
	}
	if v.String() != "Level 21" || v.Level() != sluice.Level(21).Level() {
		t.Errorf("String %s, Level %v", &v, v.Level())
	}
}

func ExampleLevelNames() {
	var names sluice.LevelNames
	names.Add(25, "NOTICE")
	l, err := names.Parse("NOTICE")
	fmt.Println(int(l), err, names.Name(25), names.Name(26))
	_, err = names.Parse("notice")
	fmt.Println(err)
	// Output:
	// 25 <nil> NOTICE Level 26
	// unknown level: 'notice'
}
