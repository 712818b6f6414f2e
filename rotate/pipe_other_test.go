//go:build !unix

package rotate

import "errors"

func makePipe(string) error { return errors.ErrUnsupported }
