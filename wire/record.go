package wire

import (
	"log/slog"
	"math"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

// reading fills a record from the attributes of Python's. Each of its methods
// takes what its field says exactly and leaves the rest to the residue.
type reading struct {
	*texts
	r  *sluice.Record
	f  pickle.Fields
	at [numAttrs]int // where in f an attribute is, counted from 1; 0: it did not come
}

// setRecord fills r, which is empty but has Origin and Source. The texts of last, the
// record that r was, are used again; others are t's.
func setRecord(r *sluice.Record, f pickle.Fields, last *former, t *texts) {
	s := reading{r: r, f: f, texts: t}
	size, extra, hidden := 0, f.Len(), false
	for i := range f.Len() {
		a := attr(f.Name(i)) // numAttrs or more for none
		if a >= numAttrs {
			if a = attrOfText(f.KeyText(i)); a < numAttrs {
				hidden = true
			}
		}
		if a < numAttrs {
			s.at[a] = i + 1
			if a != attrMsg && last.name != "" {
				continue // most likely as before
			}
		} else {
			extra = min(extra, i)
		}
		size += f.Size(i)
	}
	s.grow(size)
	s.name(last.name)
	s.message()
	s.level(last.levelName)
	s.place(last)
	s.none(attrExcInfo)
	s.optional(attrExcText, &r.ExcText, "")
	s.optional(attrStackInfo, &r.StackInfo, "")
	s.time()
	s.origin(last)
	for _, a := range [...]attr{attrMessage, attrAsctime} {
		if s.at[a] > 0 {
			s.keep(a)
		}
	}
	s.extra(extra, hidden, last)
}

// extra makes attributes of the entries from the i-th on that are not Python's own;
// hidden: some that are were not recognized.
func (s *reading) extra(i int, hidden bool, last *former) {
	for ; i < s.f.Len(); i++ {
		if s.f.Name(i) >= 0 {
			continue
		}
		key := s.f.KeyText(i)
		if hidden && attrOfText(key) < numAttrs || s.id(i, key) {
			continue
		}
		var was slog.Attr
		if j := len(s.r.Attrs); j < len(last.attrs) {
			was = last.attrs[j] // before it is overwritten
		}
		s.r.Attrs = append(s.r.Attrs, slog.Attr{Key: s.text(key, was.Key), Value: s.value(i, was.Value)})
	}
}

// value gives the value of an attribute.
func (s *reading) value(i int, was slog.Value) slog.Value {
	text, ok := s.f.Text(i)
	if !ok {
		return s.f.Value(i)
	}
	if was.Kind() != slog.KindString {
		return slog.StringValue(s.text(text, ""))
	}
	return slog.StringValue(s.text(text, was.String()))
}

// idKey is the attribute in which an ID travels. CPython takes it for an extra and
// does nothing with it.
const idKey = "sluice_id"

// id takes the ID, if that is what attribute i is.
func (s *reading) id(i int, key []byte) bool {
	if string(key) != idKey {
		return false
	}
	text, _ := s.f.Text(i)
	id, ok := sluice.ParseID(string(text))
	if ok {
		s.r.ID = id
	}
	return ok
}

// keep puts a into the residue.
func (s *reading) keep(a attr) {
	var v any = sluice.Absent{}
	if i := s.at[a]; i > 0 {
		v = s.f.Any(i - 1)
	}
	s.r.Origin.Residue = append(s.r.Origin.Residue, pyval.Pair{Key: a.key(), Value: v})
}

// str gives the text of a, if it is a str, until the fields are released.
func (s *reading) str(a attr) ([]byte, bool) {
	if s.at[a] == 0 {
		return nil, false
	}
	return s.f.Text(s.at[a] - 1)
}

func (s *reading) int(a attr) (int64, bool) {
	if s.at[a] == 0 {
		return 0, false
	}
	return s.f.Int(s.at[a] - 1)
}

func (s *reading) float(a attr) (float64, bool) {
	if s.at[a] == 0 {
		return 0, false
	}
	return s.f.Float(s.at[a] - 1)
}

func (s *reading) isNone(a attr) bool { return s.at[a] > 0 && s.f.None(s.at[a]-1) }

// set sets a str, which is likely to be what it was.
func (s *reading) set(a attr, field *string, was string) {
	if v, ok := s.str(a); ok {
		*field = s.text(v, was)
		return
	}
	s.keep(a)
}

// name sets the logger's name, which in a Record is not empty: that is the root's.
func (s *reading) name(was string) {
	if v, ok := s.str(attrName); ok && len(v) > 0 {
		s.r.Name = s.text(v, was)
		return
	}
	s.keep(attrName)
}

// optional sets a str that may be None, for which the field is empty.
func (s *reading) optional(a attr, field *string, was string) {
	if s.isNone(a) {
		return
	}
	if v, ok := s.str(a); ok && len(v) > 0 {
		*field = s.text(v, was)
		return
	}
	s.keep(a)
}

func (s *reading) number(a attr, field *int64) {
	if v, ok := s.int(a); ok {
		*field = v
		return
	}
	s.keep(a)
}

// must keeps a unless it is what follows from other fields.
func (s *reading) must(a attr, want string) {
	if v, ok := s.str(a); !ok || string(v) != want {
		s.keep(a)
	}
}

func (s *reading) none(a attr) {
	if !s.isNone(a) {
		s.keep(a)
	}
}

// maxMessage bounds a message that is merged here; SocketHandler sends it merged.
const maxMessage = 1 << 20

func (s *reading) message() {
	if v, ok := s.str(attrMsg); ok && s.isNone(attrArgs) {
		s.r.Message = s.text(v, "")
		return
	}
	var msg, args any = "", nil // as makeLogRecord
	if i := s.at[attrMsg]; i > 0 {
		msg = s.f.Any(i - 1)
	}
	if i := s.at[attrArgs]; i > 0 {
		args = s.f.Any(i - 1)
	}
	text, err := pyfmt.Message(msg, args, maxMessage)
	if err != nil {
		// Python prints both and loses the record.
		text = pyval.Str(msg) + " % " + pyval.Repr(args)
	}
	s.r.Message = text
	s.must(attrMsg, text)
	s.none(attrArgs)
}

func (s *reading) level(was string) {
	r := s.r
	name, named := s.str(attrLevelname)
	n, ok := s.int(attrLevelno)
	if ok && math.MinInt32 <= n && n <= math.MaxInt32 {
		r.Level = sluice.Level(n)
	} else {
		r.Level = levelNamed(string(name))
		s.keep(attrLevelno)
	}
	switch {
	case !named || len(name) == 0:
		s.keep(attrLevelname)
	case string(name) != r.Level.String():
		r.LevelName = s.text(name, was)
	}
}

// levelNamed gives the level of Python's name, Info for another.
func levelNamed(name string) sluice.Level {
	for _, l := range [...]sluice.Level{sluice.Debug, sluice.Warning, sluice.Error, sluice.Critical} {
		if l.String() == name {
			return l
		}
	}
	return sluice.Info
}

func (s *reading) place(last *former) {
	source := s.r.Source
	s.set(attrPathname, &source.File, last.file)
	file, module := fileAndModule(source.File)
	s.must(attrFilename, file)
	s.must(attrModule, module)
	if n, ok := s.int(attrLineno); ok && math.MinInt32 <= n && n <= math.MaxInt32 {
		source.Line = int(n)
	} else {
		s.keep(attrLineno)
	}
	s.set(attrFuncName, &source.Function, last.function)
}

func (s *reading) time() {
	seconds, exact := s.float(attrCreated)
	if n, ok := s.int(attrCreated); ok {
		seconds = float64(n)
	} else if !exact {
		seconds = math.NaN()
	}
	msecs, ok := s.float(attrMsecs)
	t, known := timeOf(seconds)
	switch {
	case !known:
		t = time.Now()
	case ok && msecs != millis(t):
		t = withMillis(t, seconds, msecs)
	}
	s.r.Time = t
	if !exact || !same(created(t), seconds) {
		s.keep(attrCreated)
	}
	if !ok || !same(millis(t), msecs) {
		s.keep(attrMsecs)
	}
}

func (s *reading) origin(last *former) {
	o := s.r.Origin
	if v, ok := s.float(attrRelativeCreated); ok {
		o.RelativeCreated = v
	} else {
		s.keep(attrRelativeCreated)
	}
	s.number(attrThread, &o.Thread)
	s.set(attrThreadName, &o.ThreadName, last.threadName)
	s.set(attrProcessName, &o.ProcessName, last.processName)
	s.number(attrProcess, &o.Process)
	s.optional(attrTaskName, &o.TaskName, last.taskName)
}
