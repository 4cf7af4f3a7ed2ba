package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Source is one input.
type Source struct {
	// Name stands before every message about the source.
	Name string
	// Size in bytes, 0 when it is not known.
	Size int64
	// Open opens it. It is called once per Read.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// File is a source that reads the file at path. That it is missing, or a
// directory, is found out when it is opened.
func File(path string) Source {
	src := Source{Name: path}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		src.Size = info.Size()
	}
	src.Open = func(ctx context.Context) (io.ReadCloser, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, plain(err)
		}
		info, err := f.Stat()
		switch {
		case err != nil:
			f.Close()
			return nil, plain(err)
		case info.IsDir():
			f.Close()
			return nil, errors.New("is a directory; name the files in it")
		case info.Mode().IsRegular():
			return f, nil
		}
		return Interruptible(ctx, f), nil
	}
	return src
}

// Stream is a source that reads r, which may block for ever.
func Stream(name string, r io.Reader) Source {
	return Source{Name: name, Open: func(ctx context.Context) (io.ReadCloser, error) {
		return Interruptible(ctx, io.NopCloser(r)), nil
	}}
}

// plain drops operation and path, which every message already carries.
func plain(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no such file")
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("cannot be read: %w", p.Err)
	}
	return err
}
