package wire

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/sluicelog/sluice"
)

// Facility says what part of a system a message is from (RFC 5424, 6.2.1). As in
// Python any number will do, though only 0 to 23 are defined.
type Facility int

// The facilities, Python's LOG_KERN and so on.
const (
	LogKern Facility = iota
	LogUser
	LogMail
	LogDaemon
	LogAuth
	LogSyslog
	LogLpr
	LogNews
	LogUucp
	LogCron
	LogAuthpriv
	LogFtp
	LogNtp
	LogSecurity
	LogConsole
	LogSolcron
	LogLocal0
	LogLocal1
	LogLocal2
	LogLocal3
	LogLocal4
	LogLocal5
	LogLocal6
	LogLocal7
)

// Severity says how bad it is, 0 being the worst (RFC 5424, 6.2.1). Python calls it
// priority.
type Severity int

// The severities, Python's LOG_EMERG and so on.
const (
	LogEmerg Severity = iota
	LogAlert
	LogCrit
	LogErr
	LogWarning
	LogNotice
	LogInfo
	LogDebug
)

var facilityNames = [...]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "security", "console", "solaris-cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

var severityNames = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// EncodePriority gives the number in front of a message. (Python: encodePriority.)
func EncodePriority(f Facility, s Severity) int { return int(f)<<3 | int(s) }

// ParseFacility gives the facility of one of Python's facility_names, such as
// "local0".
func ParseFacility(name string) (Facility, error) {
	for f, n := range facilityNames {
		if n == name {
			return Facility(f), nil
		}
	}
	return 0, fmt.Errorf("unknown syslog facility %q", name)
}

// ParseSeverity gives the severity of one of Python's priority_names: those of
// String, and critical, error, panic and warn.
func ParseSeverity(name string) (Severity, error) {
	switch name {
	case "critical":
		return LogCrit, nil
	case "error":
		return LogErr, nil
	case "panic":
		return LogEmerg, nil
	case "warn":
		return LogWarning, nil
	}
	for s, n := range severityNames {
		if n == name {
			return Severity(s), nil
		}
	}
	return 0, fmt.Errorf("unknown syslog priority %q", name)
}

// String gives the name of f, its number where it has none.
func (f Facility) String() string {
	if f >= 0 && int(f) < len(facilityNames) {
		return facilityNames[f]
	}
	return strconv.Itoa(int(f))
}

// String gives the name of s, its number where it has none.
func (s Severity) String() string {
	if s >= 0 && int(s) < len(severityNames) {
		return severityNames[s]
	}
	return strconv.Itoa(int(s))
}

// UnmarshalJSON takes a name or a number, as Python's argument facility.
func (f *Facility) UnmarshalJSON(data []byte) error {
	var n int
	if json.Unmarshal(data, &n) == nil {
		*f = Facility(n)
		return nil
	}
	var name string
	if err := json.Unmarshal(data, &name); err != nil {
		return fmt.Errorf("syslog facility %s: want a name or a number", data)
	}
	v, err := ParseFacility(name)
	if err == nil {
		*f = v
	}
	return err
}

// MapPriority gives the name of the severity of a level by the level's name:
// s.PriorityMap's, or that of Python's priority_map, "warning" if neither has it.
// (Python: mapPriority.)
func (s *Syslog) MapPriority(levelName string) string {
	if name, ok := s.PriorityMap[levelName]; ok {
		return name
	}
	switch levelName {
	case "DEBUG":
		return "debug"
	case "INFO":
		return "info"
	case "ERROR":
		return "error"
	case "CRITICAL":
		return "critical"
	}
	return "warning"
}

// severity gives that of r's level.
func (s *Syslog) severity(r *sluice.Record) (Severity, error) {
	if r.LevelName != "" || len(s.PriorityMap) > 0 {
		return ParseSeverity(s.MapPriority(r.LevelText()))
	}
	switch r.Level {
	case sluice.Debug:
		return LogDebug, nil
	case sluice.Info:
		return LogInfo, nil
	case sluice.Error:
		return LogErr, nil
	case sluice.Critical:
		return LogCrit, nil
	}
	return LogWarning, nil // as of every name that is not Python's
}
