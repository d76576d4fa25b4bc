package org.yarngpu.archfixture.rm;

import com.google.inject.Injector;
import javax.ws.rs.core.Response;
import org.yarngpu.archfixture.cli.BadCli;

/** Binds the ResourceManager's class path to what changes between releases of Hadoop. */
public record BadRm(Injector injector, Response response, BadCli cli) {}
