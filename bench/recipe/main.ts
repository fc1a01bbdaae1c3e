// The recipe "Passport (authentication)" of the Nest documentation, in one file: Express, passport-local,
// passport-jwt with a string as its secret, users in an array. https://docs.nestjs.com/recipes/passport
import {
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Request,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy as JwtBearerStrategy } from 'passport-jwt';
import { Strategy as PasswordStrategy } from 'passport-local';

const SECRET = 'DO NOT USE THIS VALUE. INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE';

interface RecipeUser {
  userId: number;
  username: string;
}

@Injectable()
class UsersService {
  private readonly users = [
    { userId: 1, username: 'john', password: 'changeme' },
    { userId: 2, username: 'maria', password: 'guess' },
  ];

  async findOne(username: string) {
    return this.users.find((user) => user.username === username);
  }
}

@Injectable()
class AuthService {
  constructor(
    private readonly usersService: UsersService,
    private readonly jwtService: JwtService,
  ) {}

  async validateUser(username: string, pass: string): Promise<RecipeUser | null> {
    const user = await this.usersService.findOne(username);
    if (!user || user.password !== pass) return null;
    const { password: _, ...result } = user;
    return result;
  }

  async login(user: RecipeUser) {
    const payload = { username: user.username, sub: user.userId };
    return { access_token: this.jwtService.sign(payload) };
  }
}

@Injectable()
class LocalStrategy extends PassportStrategy(PasswordStrategy) {
  constructor(private readonly authService: AuthService) {
    super();
  }

  async validate(username: string, password: string): Promise<RecipeUser> {
    const user = await this.authService.validateUser(username, password);
    if (!user) throw new UnauthorizedException();
    return user;
  }
}

@Injectable()
class JwtStrategy extends PassportStrategy(JwtBearerStrategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      ignoreExpiration: false,
      secretOrKey: SECRET,
    });
  }

  async validate(payload: { sub: number; username: string }): Promise<RecipeUser> {
    return { userId: payload.sub, username: payload.username };
  }
}

@Controller()
class AppController {
  constructor(private readonly authService: AuthService) {}

  @UseGuards(AuthGuard('local'))
  @Post('auth/login')
  async login(@Request() request: { user: RecipeUser }) {
    return this.authService.login(request.user);
  }

  @UseGuards(AuthGuard('jwt'))
  @Get('profile')
  getProfile(@Request() request: { user: RecipeUser }) {
    return request.user;
  }

  @Get('ready')
  ready() {
    return {};
  }
}

@Module({
  imports: [
    PassportModule,
    JwtModule.register({ secret: SECRET, signOptions: { expiresIn: '1h' } }),
  ],
  controllers: [AppController],
  providers: [UsersService, AuthService, LocalStrategy, JwtStrategy],
})
class RecipeModule {}

const app = await NestFactory.create(RecipeModule, { logger: ['error'] });
await app.listen(Number(process.env.PORT), '127.0.0.1');
