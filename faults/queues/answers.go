package queues

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/sluicelog/sluice/faults/balance"
)

// answers is what producers were told.
type answers struct {
	mu      sync.Mutex
	refused int
	levels  map[balance.ID]slog.Level
	odd     []string // answers that are neither nil nor a refusal
}

// note notes one answer, in the ledger too. A refusal is one of those given.
func (a *answers) note(l *balance.Ledger, id balance.ID, level slog.Level, err error, refusals ...error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.levels == nil {
		a.levels = map[balance.ID]slog.Level{}
	}
	a.levels[id] = level
	if err == nil {
		l.Accept(id)
		return
	}
	a.refused++
	l.Refuse(id)
	for _, known := range refusals {
		if errors.Is(err, known) {
			return
		}
	}
	if len(a.odd) < 3 {
		a.odd = append(a.odd, fmt.Sprintf("%v was answered by %v", id, err))
	}
}

// fates gives, of the records of each level, how many of those accepted were found and
// how many were not.
func (a *answers) fates(l *balance.Ledger) map[slog.Level][2]int {
	all := map[slog.Level][2]int{}
	for _, id := range l.Accepted(func(balance.ID) bool { return true }) {
		n := all[a.levels[id]]
		n[0]++
		all[a.levels[id]] = n
	}
	for _, id := range l.Missing() {
		n := all[a.levels[id]]
		n[0]--
		n[1]++
		all[a.levels[id]] = n
	}
	return all
}
