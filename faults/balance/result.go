package balance

import "fmt"

// Result is the balance after one run, or the sum of several.
type Result struct {
	Runs      int // times that the fault was injected; 0 is 1
	Accepted  int // lines that were taken
	Refused   int // lines that were not, and the caller was told
	Found     int // of those accepted, in the destination
	Destroyed int // of those accepted, by the fault itself or by order
	Dropped   int // of those accepted, and counted by the contender
	Held      int // of those accepted, in memory by the contender's count
	Lost      int // of those accepted: the rest
	Allowed   int // of those lost, what the promise does not cover
	Torn      int // pieces that are no line
	Doubled   int // lines that are there once more than once
	Unasked   int // lines that are there though they were not accepted: refused, or in flight when the process died

	Shares map[string]Share   // how often something was so; the name says what
	Broken []string           // other promises that were not kept
	Worst  map[string]float64 // figures, of which the highest counts; the name says what and in which unit
	Notes  []string           // what the table's reader should know
	Pieces []string           // some of the torn ones
	Gone   []string           // some of the lost ones that the promise covers
}

// Break notes a promise that was not kept.
func (r *Result) Break(format string, args ...any) {
	r.Broken = append(r.Broken, fmt.Sprintf(format, args...))
}

// Equal breaks the promise that the contender's own count of what is right.
func (r *Result) Equal(what string, counted, found int) {
	if counted != found {
		r.Break("%s: it counts %d, there are %d", what, counted, found)
	}
}

// Figure notes a figure, of which the highest counts.
func (r *Result) Figure(name string, value float64) {
	if r.Worst == nil {
		r.Worst = map[string]float64{}
	}
	if old, ok := r.Worst[name]; !ok || value > old {
		r.Worst[name] = value
	}
}

// Share is how often something was so, of how many times.
type Share struct{ So, Of int }

// Share notes how often something was so. All runs are added up.
func (r *Result) Share(name string, so, of int) {
	if r.Shares == nil {
		r.Shares = map[string]Share{}
	}
	old := r.Shares[name]
	r.Shares[name] = Share{old.So + so, old.Of + of}
}

// Add adds the result of another run.
func (r *Result) Add(o Result) {
	r.Runs += max(1, o.Runs)
	r.Accepted += o.Accepted
	r.Refused += o.Refused
	r.Found += o.Found
	r.Destroyed += o.Destroyed
	r.Dropped += o.Dropped
	r.Held += o.Held
	r.Lost += o.Lost
	r.Allowed += o.Allowed
	r.Torn += o.Torn
	r.Doubled += o.Doubled
	r.Unasked += o.Unasked
	r.Broken = append(r.Broken, o.Broken...)
	for name, value := range o.Worst {
		r.Figure(name, value)
	}
	for name, s := range o.Shares {
		r.Share(name, s.So, s.Of)
	}
	r.Notes = append(r.Notes, o.Notes...)
	r.Pieces = append(r.Pieces, o.Pieces...)
	r.Gone = append(r.Gone, o.Gone...)
}

// Failures returns what was promised and not kept.
func (r *Result) Failures() []string {
	failures := r.Broken
	if n := r.Lost - r.Allowed; n > 0 {
		failures = append(failures, fmt.Sprintf("%d of %d accepted lines are lost: %v", n, r.Accepted, r.Gone[:min(len(r.Gone), 10)]))
	}
	if r.Torn > 0 {
		failures = append(failures, fmt.Sprintf("%d pieces of lines: %v", r.Torn, r.Pieces))
	}
	if r.Doubled > 0 {
		failures = append(failures, fmt.Sprintf("%d lines are there twice", r.Doubled))
	}
	if r.Accepted == 0 {
		failures = append(failures, "no line was accepted: nothing was shown")
	}
	return failures
}
