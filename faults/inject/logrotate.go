package inject

import (
	"fmt"
	"os"
	"os/exec"
)

// Logrotater rotates with the real logrotate.
type Logrotater struct{ path, conf, state string }

// NewLogrotater makes a configuration in etc with rules for the files *.log of
// dir.
func NewLogrotater(etc, dir, rules string) (*Logrotater, error) {
	path, err := Look("logrotate")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // it refuses a directory that others may write to
		return nil, err
	}
	l := &Logrotater{path: path, conf: etc + "/logrotate.conf", state: etc + "/logrotate.state"}
	return l, os.WriteFile(l.conf, fmt.Appendf(nil, "%s/*.log {\n%s\n}\n", dir, rules), 0o644)
}

// Rotate rotates at once.
func (l *Logrotater) Rotate() error {
	if out, err := exec.Command(l.path, "-f", "-s", l.state, l.conf).CombinedOutput(); err != nil {
		return fmt.Errorf("logrotate: %w: %s", err, out)
	}
	return nil
}
