package wire

import (
	"log/slog"
	"slices"
	"strconv"
)

// paramKeys are keys of parameters, which are not all in their names.
type paramKeys struct {
	params []*slog.Attr
	keys   []string
}

// cutKeys takes the element out that says the keys: each is named as the number of its
// parameter, of all those in front. What is something else stays.
func cutKeys(elements []element) ([]element, paramKeys) {
	at := slices.IndexFunc(elements, func(e element) bool { return e.id == keysID })
	if at < 0 {
		return elements, paramKeys{}
	}
	var all []*slog.Attr
	for _, e := range elements[:at] {
		for i := range e.params {
			all = append(all, &e.params[i])
		}
	}
	var k paramKeys
	for _, p := range elements[at].params {
		n, err := strconv.Atoi(p.Key)
		if err != nil || n < 1 || n > len(all) {
			return elements, paramKeys{}
		}
		k.params, k.keys = append(k.params, all[n-1]), append(k.keys, p.Value.String())
	}
	return slices.Delete(elements, at, at+1), k
}

// set gives the parameters their keys.
func (k paramKeys) set() {
	for i, p := range k.params {
		p.Key = k.keys[i]
	}
}
